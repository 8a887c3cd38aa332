import { createServer } from 'node:net';
import { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server.ts';

export interface NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** A JetStream cluster on this machine; resolves when one of the servers leads it. */
export async function startNatsCluster(
  size = 3,
  options: Omit<NatsServerOptions, 'port' | 'storeDir' | 'serverName'> = {},
): Promise<NatsCluster> {
  const ports = await freePorts(size);
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const starting = ports.map((port, i) =>
    startNatsServer({
      ...options,
      serverName: `n${i + 1}`,
      configText: `cluster { name: tutti-test, listen: "127.0.0.1:${port}", routes: [${routes}] }\n${options.configText ?? ''}`,
    }),
  );
  const servers = await all(starting);
  const stop = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.stop())));
  await Promise.any(servers.map((server) => server.logged(/Self is new JetStream cluster metadata leader/)));
  return { servers, urls: servers.map((server) => server.url), stop };
}

/** All of them, or none is left running. */
async function all(starting: readonly Promise<NatsServer>[]): Promise<NatsServer[]> {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((server) => server.stop()));
  throw failed.reason;
}

/** Ports that were free a moment ago: routes must be known before the servers start. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The broker under test: three servers of the current version with everything replicated and synced, or one of the oldest. */
import { type NatsServer, startNatsCluster, startNatsServer } from '@tutti/testkit/nats-servers';

export type BrokerKind = 'single' | 'cluster';

export interface Broker {
  readonly kind: BrokerKind;
  readonly version: string;
  readonly replicas: number;
  /** By name: `server-1`, … */
  readonly servers: ReadonlyMap<string, NatsServer>;
  /** Addresses for a process that reaches this machine as `host`. */
  urls(host: string): readonly string[];
  stop(): Promise<void>;
}

const REPLICAS = 3;

/** `isOpen`: processes in networks of their own are to reach it. */
export async function startBroker(kind: BrokerKind, isOpen: boolean): Promise<Broker> {
  const common = isOpen ? { host: '0.0.0.0' } : {};
  const started =
    kind === 'single'
      ? await startNatsServer({ ...common, version: 'baseline' }).then((server) => ({
          servers: [server],
          stop: () => server.stop(),
        }))
      : await startNatsCluster(REPLICAS, { ...common, version: 'current', syncAlways: true });
  const servers = new Map(started.servers.map((server, i) => [`server-${i + 1}`, server]));
  return {
    kind,
    version: started.servers[0]?.version ?? '',
    replicas: kind === 'single' ? 1 : REPLICAS,
    servers,
    urls: (host) => [...servers.values()].map(({ port }) => `nats://${host}:${port}`),
    stop: started.stop,
  };
}

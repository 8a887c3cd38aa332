/** Tutti over NATS: every node role and the client in this process, each with a connection of its own. */
import { connectNats } from '@tutti/bus';
import { ROLES, startAgentProcess, startNode } from '@tutti/cluster';
import { BENCH_POOL, noopAgents } from './definition.ts';
import { createDriver } from './driver.ts';
import type { Side } from './embedded.ts';

export async function natsSide(url: string): Promise<Side> {
  const nodeBus = await connectNats({ servers: url, name: 'bench-node' });
  const node = await startNode({ bus: nodeBus, roles: ROLES, sole: true, pool: BENCH_POOL });
  const clientBus = await connectNats({ servers: url, name: 'bench-client', prepareStreams: false });
  const run = await createDriver(clientBus);
  const stop = async (): Promise<void> => {
    await clientBus.close();
    await node.stop();
    await nodeBus.close();
  };
  return { run, stop };
}

/** Offers the agents until its standard input ends: it must not outlive the bench. */
export async function serveTuttiAgents(url: string, instances: number): Promise<() => Promise<void>> {
  const bus = await connectNats({ servers: url, name: 'bench-agents', prepareStreams: false });
  const host = await startAgentProcess({ bus, agents: noopAgents(), instances });
  return async () => {
    await host.drain(1_000);
    await bus.close();
  };
}

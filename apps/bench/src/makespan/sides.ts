/** Where the measured workflows run: in this process, or over NATS with the agents in a process of their own. */
import { connectNats } from '@tutti/bus';
import { ROLES, startEmbedded, startNode } from '@tutti/cluster';
import { DEFAULT_POOL } from '@tutti/contracts';
import { startNatsServer } from '@tutti/testkit/nats-servers';
import { startAgents } from '../agents-process.ts';
import { bareChain } from '../bare/chain.ts';
import { createSubmitter, type Submit } from '../submitter.ts';
import { pause } from './pause.adapter.ts';
import { type MeasuredWorkflow, scriptedAgents } from './workflows.ts';

/** Enough for all agents at once of the pool to be of one kind. */
const INSTANCES = 4;

export interface MakespanSide {
  readonly submit: Submit;
  /** Waits of these lengths, ms, one after another and without Tutti: what the machine can do. */
  bare(waits: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

export async function embeddedMakespan(workflows: readonly MeasuredWorkflow[]): Promise<MakespanSide> {
  const agents = scriptedAgents(workflows);
  const embedded = await startEmbedded({ agents, instances: INSTANCES, pool: DEFAULT_POOL });
  return { submit: await createSubmitter(embedded.bus), bare: waitInTurn, stop: () => embedded.stop() };
}

const NEVER = new AbortController().signal;

async function waitInTurn(waits: readonly number[]): Promise<void> {
  for (const ms of waits) await pause(ms, NEVER);
}

/** Starts a server with file storage, synced always, unless `url` is given. */
export async function natsMakespan(url: string | undefined): Promise<MakespanSide> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    const server = url === undefined ? await startNatsServer({ version: 'current', syncAlways: true }) : undefined;
    if (server !== undefined) stops.push(() => server.stop());
    const servers = url ?? server?.url ?? '';
    const nodeBus = await connectNats({ servers, name: 'bench-node' });
    stops.push(() => nodeBus.close());
    const node = await startNode({ bus: nodeBus, roles: ROLES, sole: true, pool: DEFAULT_POOL });
    stops.push(() => node.stop());
    stops.push(await startAgents('makespan', servers, INSTANCES));
    const clientBus = await connectNats({ servers, name: 'bench-client', prepareStreams: false });
    stops.push(() => clientBus.close());
    const chain = await bareChain(servers);
    stops.push(() => chain.stop());
    return { submit: await createSubmitter(clientBus), bare: (waits) => chain.run(waits), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { connectNats } from '@tutti/bus';
import { startAgentProcess } from '@tutti/cluster';
import { serveBareWaits } from '../bare/chain.ts';
import { measuredWorkflows, scriptedAgents } from './workflows.ts';

/** In the process of the agents: offers them, and the bare waits beside them, until it is told to stop. */
export async function serveScriptedAgents(url: string, instances: number): Promise<() => Promise<void>> {
  const bus = await connectNats({ servers: url, name: 'bench-agents', prepareStreams: false });
  // What a step takes comes with its input, so any length will do here: the names are the same.
  const host = await startAgentProcess({ bus, agents: scriptedAgents(measuredWorkflows(1)), instances });
  const stopWaits = await serveBareWaits(url);
  return async () => {
    await stopWaits();
    await host.drain(1_000);
    await bus.close();
  };
}

/** `tutti agent start`: offers the agents of files to a cluster, until SIGTERM. */
import { startAgentProcess } from '@tutti/cluster';
import { assertToken } from '@tutti/contracts';
import { brokerUrls, connectBroker } from '../broker.ts';
import type { Cli } from '../cli.ts';
import { guardAgents } from '../guard-agents.ts';
import { offeredAgents } from '../offered-agents.ts';
import { serve, serviceLog } from '../service.ts';

export interface AgentStartOptions {
  readonly instances: number;
  readonly name?: string;
  /** Between two publications of what the process measures, ms. */
  readonly metrics?: number;
}

export async function agentStart(cli: Cli, files: readonly string[], options: AgentStartOptions): Promise<number> {
  const name = options.name === undefined ? undefined : assertToken(options.name, 'name of the process');
  brokerUrls(cli.globals);
  const log = serviceLog(cli, name ?? 'tutti-agents');
  const guard = guardAgents(cli.io, (text) => log.warn({}, text));
  const agents = await offeredAgents(files, cli.io.cwd);
  return serve(cli, log, async () => {
    const bus = await connectBroker(cli, { name: name ?? 'tutti-agents', log, prepareStreams: false });
    const host = await startAgentProcess({
      bus,
      agents,
      instances: options.instances,
      log,
      guard,
      prefix: cli.globals.prefix,
      ...(options.metrics === undefined ? {} : { metricsEveryMs: options.metrics }),
      ...(name === undefined ? {} : { name, hasOwnName: true }),
    });
    return {
      ready: { name: host.process, agents: agents.map((agent) => agent.name), instances: options.instances },
      async drain(timeoutMs) {
        await host.drain(timeoutMs);
        await bus.close();
      },
    };
  });
}

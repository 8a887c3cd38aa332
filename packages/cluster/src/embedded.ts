/** The whole cluster in this process, with nothing installed: memory bus, every role, the agents. Not durable. */
import { type AgentDefinition, type AgentOptionsInput, createAgentHost, type StrayGuard } from '@tutti/agent';
import { type Bus, createMemoryBus } from '@tutti/bus';
import type { MonitoringSpec, PoolSpec } from '@tutti/contracts';
import { createMemoryJournals } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';
import { type Node, startNode } from './node.ts';
import { KEEP_ENDED } from './retention.ts';
import { ROLES } from './roles.ts';

export interface EmbeddedOptions {
  readonly agents: readonly AgentDefinition[];
  /** Instances of each agent. Default 4: more than the pool's three agents at once. */
  readonly instances?: number;
  /** Limits and times of the agents' process, beside its defaults. */
  readonly agentOptions?: AgentOptionsInput;
  readonly pool?: PoolSpec;
  /** What is watched of the pool. Default: the specification's metrics and thresholds. */
  readonly monitoring?: MonitoringSpec;
  readonly log?: Logger;
  /** Leads errors that an agent lets go astray back to their steps. */
  readonly guard?: StrayGuard;
  /** Ended runs that can still be asked about; older ones are forgotten. Default 1,000. */
  readonly keepEnded?: number;
}

export interface Embedded {
  readonly bus: Bus;
  readonly node: Node;
  stop(): Promise<void>;
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const bus = createMemoryBus();
  const { pool, monitoring, log } = options;
  const watched = monitoring === undefined ? {} : { monitoring };
  const given = { ...watched, ...(pool === undefined ? {} : { pool }), ...(log === undefined ? {} : { log }) };
  const keepEnded = options.keepEnded ?? KEEP_ENDED;
  const ports = { journals: createMemoryJournals() };
  const node = await startNode({ bus, roles: ROLES, sole: true, keep: { runs: keepEnded }, ports, ...given });
  const agents = createAgentHost({
    ports: node.ports,
    agents: options.agents,
    instances: options.instances ?? 4,
    process: 'embedded',
    guard: options.guard,
    ...(options.agentOptions === undefined ? {} : { options: options.agentOptions }),
  });
  await agents.start();
  return {
    bus,
    node,
    async stop() {
      await agents.drain(1_000);
      await node.stop();
      await bus.close();
    },
  };
}

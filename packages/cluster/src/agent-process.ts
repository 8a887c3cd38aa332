/** A process that offers agents to a cluster. */
import { type AgentDefinition, createAgentHost, reaper, type StrayGuard } from '@tutti/agent';
import type { Bus } from '@tutti/bus';
import type { Home } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';
import { ownHome } from './home.adapter.ts';
import { takeName } from './naming.ts';
import { type PortsOptions, portsOf } from './ports.ts';

export interface AgentProcessOptions {
  readonly bus: Bus;
  readonly agents: readonly AgentDefinition[];
  /** Instances of each agent. */
  readonly instances: number;
  readonly log?: Logger;
  /** Leads errors that an agent lets go astray back to their steps. */
  readonly guard?: StrayGuard;
  readonly prefix?: string;
  /** Name of the process in the cluster. Default: a new one. */
  readonly name?: string;
  /** Whether the name was chosen, so that a live process may have it already: that is refused `name_taken`. */
  readonly hasOwnName?: boolean;
  /** Where it runs. Default: as far as this machine tells. */
  readonly home?: Home | undefined;
  /** Time, randomness and ids; the simulation passes seeded ones. */
  readonly ports?: NonNullable<PortsOptions['ports']>;
}

export interface AgentProcess {
  readonly process: string;
  drain(timeoutMs: number): Promise<void>;
}

/** Where programs may outlive this process nobody who sees it dead may take its work for over: then it has no home. */
function homeOf(agents: readonly AgentDefinition[]): Home | undefined {
  const home = ownHome();
  if (home === undefined || !agents.some(({ startsPrograms = false }) => startsPrograms)) return home;
  const pid = reaper.start();
  return pid === undefined ? undefined : { ...home, reaper: pid };
}

export async function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const ports = portsOf(options);
  const process = options.name ?? `agents-${ports.ids.next()}`;
  const exchange = createExchange(ports, { identity: process });
  const giveBack = options.hasOwnName === true ? await takeName(ports, exchange, 'agents', process) : undefined;
  const host = createAgentHost({
    ports,
    agents: options.agents,
    instances: options.instances,
    process,
    guard: options.guard,
    home: 'home' in options ? options.home : homeOf(options.agents),
  });
  await host.start();
  return {
    process,
    async drain(timeoutMs) {
      await host.drain(timeoutMs);
      giveBack?.();
    },
  };
}

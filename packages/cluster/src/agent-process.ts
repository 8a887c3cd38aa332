/** A process that offers agents to a cluster. */
import { type AgentDefinition, type AgentOptionsInput, createAgentHost, reaper, type StrayGuard } from '@tutti/agent';
import type { Bus } from '@tutti/bus';
import type { Home } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import type { Logger, Meter } from '@tutti/telemetry';
import { ownHome } from './home.adapter.ts';
import { meteringOf } from './metering/metering.ts';
import { takeName } from './naming.ts';
import { type PortsOptions, portsOf } from './ports.ts';
import { type Load, watchLoad } from './process-load.adapter.ts';

export interface AgentProcessOptions {
  readonly bus: Bus;
  readonly agents: readonly AgentDefinition[];
  /** Instances of each agent. */
  readonly instances: number;
  readonly log?: Logger;
  readonly meter?: Meter;
  /** As of a node. */
  readonly metricsEveryMs?: number;
  /** Leads errors that an agent lets go astray back to their steps. */
  readonly guard?: StrayGuard;
  readonly prefix?: string;
  /** Name of the process in the cluster. Default: a new one. */
  readonly name?: string;
  /** Whether the name was chosen, so that a live process may have it already: that is refused `name_taken`. */
  readonly hasOwnName?: boolean;
  /** Where it runs. Default: as far as this machine tells. */
  readonly home?: Home | undefined;
  /** What its beats say that it takes of its machine. Default: as measured. */
  readonly load?: (() => Load) | undefined;
  /** Limits and times of its agents, beside the defaults. */
  readonly agentOptions?: AgentOptionsInput;
  /** Time, randomness and ids; the simulation passes seeded ones. */
  readonly ports?: NonNullable<PortsOptions['ports']>;
}

export interface AgentProcess {
  readonly process: string;
  drain(timeoutMs: number): Promise<void>;
}

/** Where programs may outlive this process nobody who sees it dead may take its work for over: while nothing ends them it has no home. */
function homeNow(): Home | undefined {
  const [home, pid] = [ownHome(), reaper.pid];
  return home === undefined || pid === undefined ? undefined : { ...home, reaper: pid };
}

export async function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const metering = meteringOf(options);
  const ports = portsOf({ ...options, ...metering.given });
  const process = options.name ?? `agents-${ports.ids.next()}`;
  const exchange = createExchange(ports, { identity: process });
  const giveBack = options.hasOwnName === true ? await takeName(ports, exchange, 'agents', process) : undefined;
  if (!('home' in options)) await reaper.start();
  const host = createAgentHost({
    ports,
    agents: options.agents,
    instances: options.instances,
    process,
    guard: options.guard,
    ...(options.agentOptions === undefined ? {} : { options: options.agentOptions }),
    load: 'load' in options ? options.load : watchLoad(),
    home: 'home' in options ? () => options.home : homeNow,
  });
  await host.start();
  metering.start(ports, process);
  return {
    process,
    async drain(timeoutMs) {
      await host.drain(timeoutMs);
      metering.stop();
      giveBack?.();
    },
  };
}

/** The meter of one process, and what of a node is looked at before it is published. */
import type { ActorHost, KernelPorts } from '@tutti/kernel';
import type { Registry } from '@tutti/supervisor';
import { createMemoryMeter, type MemoryMeter, type Meter } from '@tutti/telemetry';
import { publishMetrics } from './publish.ts';

/** Who publishes keeps the figures itself. */
export interface Measured {
  readonly meter?: MemoryMeter;
}

export const meterFor = ({ metricsEveryMs }: { readonly metricsEveryMs?: number }): Measured =>
  metricsEveryMs === undefined ? {} : { meter: createMemoryMeter() };

export interface Looked {
  readonly workflows: ActorHost;
  readonly contexts: ActorHost;
  readonly barriers: ActorHost;
  readonly resources: ActorHost;
}

/** Sets the gauges of a node that nobody tells. */
export function sampleNode(
  meter: Meter,
  { workflows, contexts, barriers, resources }: Looked,
  registry: Registry,
): void {
  const actors = meter.gauge('kernel.actors');
  const kinds = { workflow: workflows, context: contexts, barrier: barriers, resources };
  for (const [kind, host] of Object.entries(kinds)) actors.set([...host.actors].length, { kind });
  meter.gauge('supervisor.instances').set(registry.list().length);
}

export function meterNode(
  ports: KernelPorts,
  { meter }: Measured,
  { metricsEveryMs }: { readonly metricsEveryMs?: number },
  node: string,
  hosts: Looked,
  { registry }: { readonly registry: Registry },
): { stop(): void } | undefined {
  if (meter === undefined || metricsEveryMs === undefined) return undefined;
  const sample = (): void => sampleNode(meter, hosts, registry);
  return publishMetrics(ports, meter, { process: node, everyMs: metricsEveryMs, sample });
}

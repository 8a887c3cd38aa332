/** What of a node is looked at before it is published, because nobody tells it. */
import type { ActorHost } from '@tutti/kernel';
import type { Registry } from '@tutti/supervisor';
import type { Meter } from '@tutti/telemetry';

export interface Looked {
  readonly workflows: ActorHost;
  readonly contexts: ActorHost;
  readonly barriers: ActorHost;
  readonly resources: ActorHost;
}

export function sampleNode(
  meter: Meter,
  { workflows, contexts, barriers, resources }: Looked,
  registry: Registry,
  nowMs: number,
): void {
  const actors = meter.gauge('kernel.actors');
  const kinds = { workflow: workflows, context: contexts, barrier: barriers, resources };
  for (const [kind, host] of Object.entries(kinds)) actors.set([...host.actors].length, { kind });
  meter.gauge('supervisor.instances').set(registry.list(nowMs).length);
}

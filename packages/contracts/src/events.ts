/**
 * Events for people and tools: JSON on `{prefix}.evt.>`, the same envelope in `--output json`.
 *
 * `seq` counts the events of one run from 1 with no gap. It is derived from the run's journal, so a watcher that missed
 * some asks for them by sequence, whatever process owns the run then.
 */
import { z } from 'zod';
import { errorBody } from './messages/shared.ts';

const num = z.number();
const str = z.string();
const names = z.array(str);

/** The one table of events: type → data. */
export const EVENTS = {
  'run.submitted': z.object({
    workflow: str,
    planHash: str,
    steps: num,
    plannedMs: num,
    lowerBoundMs: num,
    sequentialMs: num,
    criticalPath: names,
  }),
  'run.recovered': z.object({ owner: str, adopted: names }),
  'run.cancelling': z.object({ reason: str }),
  'run.finished': z.object({
    outcome: str,
    reason: str,
    makespanMs: num,
    plannedMs: num,
    lowerBoundMs: num,
    sequentialMs: num,
    succeeded: num,
    failed: num,
    skipped: num,
    cancelled: num,
    conflicts: num,
  }),
  'step.ready': z.object({ step: str, agent: str }),
  'step.waiting': z.object({ step: str, kind: str, names, reason: str }),
  'step.granted': z.object({ step: str, lease: str, cpu: num, memory: num, waitedMs: num }),
  'step.started': z.object({ step: str, agent: str, attempt: num, epoch: num, instance: str }),
  'step.adopted': z.object({ step: str, agent: str, attempt: num, epoch: num, instance: str }),
  'step.progress': z.object({ step: str, attempt: num, fraction: num, note: str.optional() }),
  'step.retrying': z.object({ step: str, attempt: num, inMs: num, error: errorBody }),
  'step.succeeded': z.object({ step: str, agent: str, attempt: num, epoch: num, version: num, durationMs: num }),
  'step.failed': z.object({ step: str, agent: str, attempt: num, error: errorBody }),
  'step.skipped': z.object({ step: str, because: names }),
  'step.cancelled': z.object({ step: str, reason: str }),
  'group.opened': z.object({ group: str, members: names, deadlineMs: num }),
  'group.extended': z.object({ group: str, deadlineMs: num, waitingFor: names }),
  'group.closed': z.object({ group: str, decision: str, succeeded: names, missing: names, reason: str }),
  'group.fallback': z.object({ group: str, members: names }),
  'context.committed': z.object({ step: str, version: num, paths: names }),
  'context.conflict': z.object({ id: str, path: str, kept: str, refused: str }),
  'pool.usage': z.object({
    pool: str,
    open: z.boolean(),
    cpu: num,
    memory: num,
    agents: num,
    cpuLimit: num,
    memoryLimit: num,
    agentsLimit: num,
    waiting: num,
  }),
  'agent.joined': z.object({ process: str, host: str, roles: z.record(str, num) }),
  'agent.left': z.object({ process: str, reason: str }),
  'node.joined': z.object({ node: str, roles: names }),
  'node.left': z.object({ node: str, reason: str }),
  'node.alert': z.object({ node: str, error: errorBody }),
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

const types = Object.keys(EVENTS) as [EventType, ...EventType[]];

/** The envelope. `run` and `seq` are absent on events that belong to no run; progress has the seq of the last event before it. */
export const tuttiEvent = z.object({
  v: z.literal(1),
  type: z.enum(types),
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  run: z.string().optional(),
  seq: z.number().int().nonnegative().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type TuttiEvent = z.infer<typeof tuttiEvent>;

/** A typed event, before it is put in its envelope. */
export type EventOf<T extends EventType = EventType> = T extends EventType
  ? { readonly type: T; readonly data: EventData<T> }
  : never;

/** Event types that are not recorded: they repeat themselves and may be lost. */
export const FLEETING: ReadonlySet<EventType> = new Set(['step.progress', 'pool.usage']);

/** Validates the envelope and the data by its type; returns what is wrong, or undefined. */
export function checkEvent(value: unknown): string | undefined {
  const envelope = tuttiEvent.safeParse(value);
  if (!envelope.success) return z.prettifyError(envelope.error);
  const data = EVENTS[envelope.data.type].safeParse(envelope.data.data);
  return data.success ? undefined : `${envelope.data.type}: ${z.prettifyError(data.error)}`;
}

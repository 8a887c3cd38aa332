/**
 * Events for people and tools: JSON on `{prefix}.evt.>`, the same envelope in `--output json`.
 *
 * `seq` counts the events of one run from 1 with no gap. It is derived from the run's journal, so a watcher that missed
 * some asks for them by sequence, whatever process owns the run then.
 */
import { z } from 'zod';
import { brokerCondition, errorBody, namedUse, resourceAlert, validationResult } from './messages/shared.ts';
import { runMetrics } from './run-metrics.ts';

const num = z.number();
const str = z.string();
const names = z.array(str);

/** The one table of events: type → data. The descriptions stand in the published schema and in `docs/protocol.md`. */
export const EVENTS = {
  'run.submitted': z
    .object({
      workflow: str,
      planHash: str,
      steps: num,
      plannedMs: num,
      lowerBoundMs: num,
      sequentialMs: num,
      criticalPath: names,
      pool: z.object({ cpu: num, memory: num, agents: num }).optional(),
    })
    .describe('The run is journaled, with its plan; `pool` is how many units there are of what it shares with others.'),
  'run.recovered': z
    .object({ owner: str, adopted: names })
    .describe('Another process owns the run now; `adopted` are the steps whose attempts still run.'),
  'run.forecast': z
    .object({ predictedEndMs: num, delayMs: num, critical: names })
    .describe(
      'When the run will end, ms from its start, by what has really happened; `delayMs` later than planned (below 0: earlier); `critical` are the steps left on its longest chain.',
    ),
  'run.paused': z
    .object({ by: str, reason: str.optional() })
    .describe('The run starts no further step until it is resumed; running ones end and count.'),
  'run.resumed': z
    .object({ by: str, pausedMs: num })
    .describe('The run goes on; deadlines of its barriers and its own time-out moved by `pausedMs` at the most.'),
  'run.retried': z
    .object({ by: str, from: str.optional(), steps: names, kept: num })
    .describe(
      'A run that had ended goes on: `steps` run again, `kept` others stay as they are. It will end once more.',
    ),
  'run.cancelling': z.object({ reason: str }).describe('The run ends early: running attempts are being stopped.'),
  'run.finished': z
    .object({
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
      validations: z.record(str, num).optional(),
      again: z.literal(true).optional(),
    })
    .describe(
      'The run is over; what it took against what was planned. `makespanMs` is the time until its last step and group were over; `validations` counts verdicts. `again`: the same end, told once more because a conflict was decided after it; its outcome may be another one.',
    ),
  'run.metrics': runMetrics.describe(
    'The figures of a run that has ended, of its events. `tutti run --output json` makes them and tells them before the end; no process sends them.',
  ),
  'step.ready': z.object({ step: str, agent: str }).describe('All that the step waits for is there.'),
  'step.waiting': z
    .object({ step: str, kind: str, names, reason: str })
    .describe('The step is ready and does not run; what it waits for.'),
  'step.answered': z
    .object({
      step: str,
      how: str,
      by: str,
      approved: z.boolean().optional(),
      comment: str.optional(),
    })
    .describe(
      'What the step waited for came: a person approved or rejected, a signal was given, or the time was over.',
    ),
  'step.granted': z
    .object({ step: str, lease: str, cpu: num, memory: num, waitedMs: num })
    .describe('The pool gave the step its lease.'),
  'step.started': z
    .object({ step: str, agent: str, attempt: num, epoch: num, instance: str })
    .describe('An instance accepted an attempt of the step.'),
  'step.adopted': z
    .object({ step: str, agent: str, attempt: num, epoch: num, instance: str })
    .describe('After a change of owner: the attempt still runs and goes on.'),
  'step.progress': z
    .object({ step: str, attempt: num, fraction: num, note: str.optional() })
    .describe('How far the attempt is, from 0 to 1.'),
  'step.retrying': z
    .object({ step: str, attempt: num, inMs: num, error: errorBody })
    .describe('An attempt failed; the next one begins after `inMs`.'),
  'step.succeeded': z
    .object({
      step: str,
      agent: str,
      attempt: num,
      epoch: num,
      version: num,
      durationMs: num,
      inputBytes: num.optional(),
      workMs: num.optional(),
      commitMs: num.optional(),
      cached: z.literal(true).optional(),
    })
    .describe(
      "The step's writes are committed as `version`; `inputBytes` is the size of the input that it was given. Of `durationMs`, `workMs` is what the agent worked by its own clock, and `commitMs` what came after its outcome. `cached`: its agent had done this work before, and gave what came of it.",
    ),
  'step.validated': z
    .object({ step: str, agent: str, validates: names, ok: z.boolean(), findings: names })
    .describe(
      'A step that judges others gave its verdict, by `ok` and `findings` of its result. It changes no outcome.',
    ),
  'step.failed': z
    .object({ step: str, agent: str, attempt: num, error: errorBody })
    .describe('The last attempt of the step failed.'),
  'step.skipped': z
    .object({ step: str, because: names })
    .describe('The step will not run, because of the steps named.'),
  'step.cancelled': z
    .object({ step: str, reason: str })
    .describe('The step was stopped, or will not begin, because the run ends.'),
  'group.opened': z
    .object({ group: str, members: names, deadlineMs: num })
    .describe('The barrier of the group is open until its deadline.'),
  'group.extended': z
    .object({ group: str, deadlineMs: num, waitingFor: names })
    .describe('The deadline moved, because members make progress.'),
  'group.closed': z
    .object({
      ...{ group: str, decision: str, succeeded: names, missing: names, reason: str },
      ...{ qualityImpact: str.optional(), notification: str.optional() },
    })
    .describe(
      'The barrier has decided, once and for all. Where it went on in part or aborted: what the workflow says of the quality of what follows, and whom it wants to be told.',
    ),
  'group.fallback': z
    .object({ group: str, members: names })
    .describe('Members that failed run once more, one after another.'),
  'validation.started': z
    .object({ group: str, validator: str, of: str, attempt: num, instance: str })
    .describe('After the join of a group: an agent looks at the result of a member that another made.'),
  'validation.finished': z
    .object({ group: str, validator: str, of: str, ...validationResult.shape })
    .describe(
      'A validation is over: passed, failed, skipped, timed_out or errored. It changes no outcome, and nobody waits for it.',
    ),
  'context.committed': z
    .object({ step: str, version: num, paths: names })
    .describe('A version of the context was made; the paths that took effect.'),
  'context.conflict': z
    .object({ id: str, path: str, kept: str, refused: str })
    .describe('Two writers, one place, two values: the first stays, both are recorded.'),
  'conflict.resolved': z
    .object({ id: str, path: str, take: str, by: str, comment: str.optional(), version: num.optional() })
    .describe(
      'A person decided a conflict: `take` is kept, refused or value; `version` holds what was taken. After the end of a run it is followed by another `run.finished`.',
    ),
  'pool.usage': z
    .object({
      pool: str,
      open: z.boolean(),
      cpu: num,
      memory: num,
      agents: num,
      cpuLimit: num,
      memoryLimit: num,
      agentsLimit: num,
      waiting: num,
      named: namedUse.optional(),
    })
    .describe(
      'What of the pool is in use: told once a second as it is then, and when the pool opens; not at each change.',
    ),
  'resource.alert': z
    .object({ pool: str, ...resourceAlert.shape })
    .describe(
      'A metric of the pool is at its threshold or over it, by two samples in a row. Told once; `resource.well` follows. A resource manager that takes the pool over begins to watch anew.',
    ),
  'resource.well': z
    .object({
      pool: str,
      ...resourceAlert.pick({ metric: true, value: true, threshold: true, unit: true }).shape,
      lastedMs: num,
    })
    .describe(
      'That metric of the pool is below its threshold again, by two samples in a row; the alert lasted `lastedMs`.',
    ),
  'agent.joined': z
    .object({ process: str, host: str, roles: z.record(str, num) })
    .describe('A process of agents came; instances by role.'),
  'agent.left': z.object({ process: str, reason: str }).describe('A process of agents went, or was given up.'),
  'node.joined': z.object({ node: str, roles: names }).describe('A node came.'),
  'node.left': z.object({ node: str, reason: str }).describe('A node went, or was given up.'),
  'node.alert': z.object({ node: str, error: errorBody }).describe('A node met an error that a person should know of.'),
  'broker.alert': z
    .object({ node: str, condition: brokerCondition, sinceMs: num, detail: str })
    .describe(
      'What a node writes meets a broker that is away, refuses, is full or is slow, since `sinceMs` (ms since 1970); repeated once a minute while it lasts. Of a broker that is away the node can only log it.',
    ),
  'broker.well': z
    .object({ node: str, condition: brokerCondition, lastedMs: num })
    .describe('The node meets that condition of its broker no more; it lasted `lastedMs`.'),
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

/** Event types that are not recorded and may be lost: newer ones of their kind take their place. */
export const FLEETING: ReadonlySet<EventType> = new Set([
  'step.progress',
  'pool.usage',
  'run.forecast',
  'resource.alert',
  'resource.well',
  'run.metrics',
  'broker.alert',
  'broker.well',
]);

/** Validates the envelope and the data by its type; returns what is wrong, or undefined. */
export function checkEvent(value: unknown): string | undefined {
  const envelope = tuttiEvent.safeParse(value);
  if (!envelope.success) return z.prettifyError(envelope.error);
  const data = EVENTS[envelope.data.type].safeParse(envelope.data.data);
  return data.success ? undefined : `${envelope.data.type}: ${z.prettifyError(data.error)}`;
}

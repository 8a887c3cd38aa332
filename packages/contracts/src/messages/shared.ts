/** Schemas that several messages share. */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { token } from '../ids.ts';
import { contextPath, workflowJson } from '../workflow/values.ts';

/** Milliseconds since 1970, or a span of them. */
export const ms = z.number().int().nonnegative();
export const epoch = z.number().int().nonnegative();
export const version = z.number().int().nonnegative();

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** An error as it crosses the wire. */
export const errorBody = z.object({
  code: z.enum(codes),
  message: z.string().max(16_384),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** What a step takes from the pool while it runs: CPU and memory units, beside its one agent slot. */
export const needs = z.object({ cpu: z.number().min(0).max(1_000_000), memory: z.number().min(0).max(1_000_000) });
export type Needs = z.infer<typeof needs>;

/** Units of named resources, by their names. */
export const namedUnits = z.record(token, z.number().min(0).max(1_000_000));

/** How much of each named resource is in use, and how much there is. */
export const namedUse = z.record(token, z.object({ used: z.number(), limit: z.number() }));

/** One change of the context. `set` replaces the value at the path, `delete` removes it. */
export const contextWrite = z.discriminatedUnion('op', [
  z.object({ op: z.literal('set'), path: contextPath, value: workflowJson }),
  z.object({ op: z.literal('delete'), path: contextPath }),
]);
export type ContextWrite = z.infer<typeof contextWrite>;

/** An attempt: one execution of one step, fenced by its epoch. */
export const attemptRef = z.object({ run: token, step: token, attempt: z.number().int().positive(), epoch: epoch });
export type AttemptRef = z.infer<typeof attemptRef>;

/**
 * Where a process runs: a machine, since its start, with the space that `pid` counts in. Whoever shares it can see it die.
 * `reaper`: of a process that starts programs, what ends them after its death and then itself.
 */
export const home = z.object({
  seat: z.string().max(128),
  pid: z.number().int().nonnegative(),
  reaper: z.number().int().positive().optional(),
});
export type Home = z.infer<typeof home>;

const side = z.object({ author: z.string(), value: workflowJson.optional() });

/** Characters and number of what one validation may find; the rest is counted. */
export const FINDING_LIMITS = { findings: 20, message: 500, path: 1_024 } as const;

/** One thing that a validation found. `path`: a JSON pointer into what was judged. */
export const validationFinding = z.object({
  path: z.string().max(FINDING_LIMITS.path).optional(),
  message: z.string().max(FINDING_LIMITS.message),
  severity: z.enum(['error', 'warning', 'info']),
});
export type ValidationFinding = z.infer<typeof validationFinding>;

const judged = {
  /** Why there is no yes or no. */
  reason: z.string().max(1_000).optional(),
  findings: z.array(validationFinding).max(FINDING_LIMITS.findings),
  /** Findings beyond those listed; absent: none. */
  omitted: z.number().int().positive().optional(),
};

/** What an agent answers when it is asked to judge: yes, no, or that it judges nothing. */
export const validationAnswer = z.object({ verdict: z.enum(['passed', 'failed', 'skipped']), ...judged });
export type ValidationAnswer = z.infer<typeof validationAnswer>;

/** How a validation ended. `errored`: the validator could not judge; `timed_out`: it did not within the validation's time. */
export const validationResult = z.object({
  verdict: z.enum([...validationAnswer.shape.verdict.options, 'timed_out', 'errored']),
  ...judged,
});
export type ValidationResult = z.infer<typeof validationResult>;

/** Who asks for something in person: a name for people to read, not one that is checked. */
export const person = z.string().min(1).max(128);

/** The version that the refused side was to be, and which of its conflicts this is: such as `12-1`. */
export const conflictId = z.string().min(1).max(64);

/** What a person takes: what stands already, what the refused side would have written, or a value of his own. */
export const conflictTake = z.union([z.enum(['kept', 'refused']), z.object({ value: workflowJson })]);
export type ConflictTake = z.infer<typeof conflictTake>;

/** What a person decided about a conflict. The first decision that is stored holds. */
export const resolution = z.object({
  take: conflictTake,
  by: person,
  atMs: ms,
  comment: z.string().max(2_000).optional(),
  /** The one that holds what was taken; absent: what stood there stays, and no version was made. */
  version: version.optional(),
});
export type Resolution = z.infer<typeof resolution>;

/** Two writers, one place, two values. Nothing is overwritten: the first stays, both stand here. */
export const conflict = z.object({
  id: z.string(),
  path: contextPath,
  version: version,
  kept: side,
  refused: side,
  base: workflowJson.optional(),
  /** Absent: it is open, and waits for a person. */
  resolved: resolution.optional(),
});
export type Conflict = z.infer<typeof conflict>;

/**
 * What a node's own writes meet of the broker, the worst first. `away`: no answer, or no connection; `refused`: a right is
 * missing; `full`: it has no room; `slow`: it takes long.
 */
export const BROKER_CONDITIONS = ['away', 'refused', 'full', 'slow'] as const;
export const brokerCondition = z.enum(BROKER_CONDITIONS);
export type BrokerCondition = z.infer<typeof brokerCondition>;

/** Characters of a detail that are told. */
export const MAX_BROKER_DETAIL = 512;
export const brokerState = z.object({
  condition: brokerCondition,
  /** Ms since 1970. */
  sinceMs: ms,
  detail: z.string().max(MAX_BROKER_DETAIL),
});
export type BrokerState = z.infer<typeof brokerState>;

/** What is sampled of a pool (specification: `resource_monitoring.metrics`). */
export const POOL_METRICS = ['cpu_usage', 'memory_usage', 'response_time', 'queue_depth'] as const;
export const poolMetric = z.enum(POOL_METRICS);
export type PoolMetric = z.infer<typeof poolMetric>;

/** What the values of a metric count: percent of what may be handed out, milliseconds, requests. */
export const METRIC_UNITS = {
  cpu_usage: 'percent',
  memory_usage: 'percent',
  response_time: 'ms',
  queue_depth: 'requests',
} as const satisfies Readonly<Record<PoolMetric, string>>;
const metricUnit = z.enum(['percent', 'ms', 'requests']);

/** Attempts named in an alert: enough to know where to look, few enough to read. */
export const MAX_ALERT_NAMES = 8;

/** A metric that is at or over its threshold, with its value in the last sample. */
export const resourceAlert = z.object({
  metric: poolMetric,
  value: z.number().nonnegative(),
  threshold: z.number().nonnegative(),
  unit: metricUnit,
  /** Of the first sample that said so, ms since 1970. */
  sinceMs: ms,
  /** Who is behind it, as `run/step`: who waits, or who holds longest; not all of them. */
  names: z.array(z.string()).max(MAX_ALERT_NAMES),
});
export type ResourceAlert = z.infer<typeof resourceAlert>;

import { z } from 'zod';
import { contextPath, durationMs, workflowId, workflowJson } from './values.ts';

/**
 * A barrier always waits for all its members, or for its time-out. The criteria say whether what is there then is
 * enough to go on (a partial result) or the join is aborted.
 */
export const successCriteria = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('at_least_one') }),
  z.strictObject({ kind: z.literal('quorum'), count: z.number().int().min(1) }),
]);
export type SuccessCriteria = z.infer<typeof successCriteria>;

export const PARTIAL_FAILURE_HANDLING = ['continue_with_available_results', 'abort'] as const;

/** What the event of a barrier that goes on in part, or aborts, says beside its reason: words for whoever watches. */
export const barrierNotice = z.strictObject({
  /** How much what follows suffers: the specification's `quality_impact`. */
  qualityImpact: z.string().max(200).optional(),
  /** Whom it is for: the specification's `notification`. */
  notification: z.string().max(200).optional(),
});
export type BarrierNotice = z.infer<typeof barrierNotice>;

/** The smart barrier of a group (specification: `barrier_synchronization`, `synchronization_strategy`). */
export const barrierSpec = z.strictObject({
  type: z.literal('smart_barrier'),
  /** From the start of the group's first member. */
  timeoutMs: durationMs,
  successCriteria: successCriteria,
  /** `abort`: anything less than all is aborted, whatever the criteria say. */
  partialFailureHandling: z.enum(PARTIAL_FAILURE_HANDLING),
  /** Given at the time-out to members that make progress: each time `byMs`, at most `max` times. */
  extension: z.strictObject({ byMs: durationMs, max: z.number().int().min(0).max(10) }),
  /** What follows an abort: run the members that failed once more one after another, or fail. */
  fallback: z.enum(['sequential', 'none']),
  /** Context path → the value that fills the gap when its producer gave none. */
  defaults: z.record(contextPath, workflowJson),
  /** By decision; absent: nothing more is said. */
  notices: z.strictObject({ partial: barrierNotice.optional(), aborted: barrierNotice.optional() }).optional(),
});
export type BarrierSpec = z.infer<typeof barrierSpec>;

/** The barrier of a group that says nothing itself: the numbers and the conditions of the specification. */
export const DEFAULT_BARRIER: BarrierSpec = {
  type: 'smart_barrier',
  timeoutMs: 600_000,
  successCriteria: { kind: 'at_least_one' },
  partialFailureHandling: 'continue_with_available_results',
  extension: { byMs: 300_000, max: 1 },
  fallback: 'sequential',
  defaults: {},
};

/** After the join the named agents look at each other's results; nothing that depends on the group waits for it. */
export const crossValidation = z.strictObject({
  enabled: z.boolean(),
  agents: z.array(workflowId).max(1000),
  timeoutMs: durationMs,
});
export type CrossValidation = z.infer<typeof crossValidation>;

/** The specification's `validation_timeout`. */
export const DEFAULT_VALIDATION_TIMEOUT_MS = 180_000;

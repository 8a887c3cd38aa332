import { z } from 'zod';
import { needs } from '../messages/shared.ts';
import { WORKFLOW_LIMITS } from './limits.ts';
import { stepTemplate } from './template.ts';
import { contextPath, durationMs, workflowId, workflowJson, workflowText } from './values.ts';

/** The context root that holds the run's inputs; no step or agent may have this name. */
export const INPUTS_ROOT = 'inputs';

/** One value that a step takes from the context. */
export const stepInput = z.strictObject({
  /** As written, such as `pm.user_stories` or `inputs.idea`. */
  ref: z.string().min(1).max(1024),
  path: contextPath,
  /** The key in the agent's input; absent: the value stands nested under its path (`input.pm.user_stories`). */
  as: workflowId.optional(),
  /** The steps that write it; empty for a run input. */
  from: z.array(workflowId).max(WORKFLOW_LIMITS.refsPerStep),
  /** True is a data edge (the step waits), false a context edge (taken if it is there when the step starts). */
  required: z.boolean(),
});
export type StepInput = z.infer<typeof stepInput>;

/** What must be over before a step may start: a step that succeeded, or a group whose barrier has decided. */
export const waitsFor = z.strictObject({ kind: z.enum(['step', 'group']), id: workflowId });
export type WaitsFor = z.infer<typeof waitsFor>;

export const retryPolicy = z.strictObject({
  /** Attempts in all, the first one included. */
  maxAttempts: z.number().int().min(1).max(WORKFLOW_LIMITS.attempts),
  backoffMs: durationMs,
  /** Each further wait is this many times the last one, up to `maxBackoffMs`. */
  backoffFactor: z.number().min(1).max(100),
  maxBackoffMs: durationMs,
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

/** One retry: most failures of agents pass at once or never; a second retry mostly burns time and tokens. */
export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 2, backoffMs: 1000, backoffFactor: 2, maxBackoffMs: 30_000 };

/** The specification's agents and barrier time out after 8 and 10 minutes. */
export const DEFAULT_STEP_TIMEOUT_MS = 600_000;

/** A three-point estimate; the plan uses the likely value. */
export const estimate = z.strictObject({
  minMs: durationMs,
  likelyMs: durationMs,
  maxMs: durationMs,
  /** `file`: the step's own words; `group`: its group's words; `default`: nobody said; `history`: past runs. */
  source: z.enum(['file', 'group', 'default', 'history']),
});
export type Estimate = z.infer<typeof estimate>;

/** Nobody said how long the step takes: one minute, and the lint says so. */
export const DEFAULT_ESTIMATE_MS = 60_000;

/** What a person's answer may stand for when nobody gives one in time. */
export const ANSWERS = ['approve', 'reject'] as const;
/** `fail`: a rejected step has failed, and its `onFailure` says what that means. `continue`: it is done, and says no. */
export const ON_REJECT = ['fail', 'continue'] as const;

/** Where nobody says how long to wait for a person or a signal: a working day. */
export const DEFAULT_WAIT_TIMEOUT_MS = 28_800_000;

/** A step that no agent runs: it holds nothing of the pool and waits, `timeoutMs` at the most, for an answer from outside. */
export const stepWait = z.discriminatedUnion('for', [
  z.strictObject({
    for: z.literal('approval'),
    /** What the person is asked. */
    ask: workflowText.optional(),
    /** The answer when the time is over. */
    default: z.enum(ANSWERS),
    onReject: z.enum(ON_REJECT),
  }),
  z.strictObject({
    for: z.literal('signal'),
    ask: workflowText.optional(),
    /** Its name within the run; several steps may wait for one signal. When the time is over, the step has failed. */
    signal: workflowId,
  }),
]);
export type StepWait = z.infer<typeof stepWait>;

export const ON_FAILURE = ['fail_run', 'continue'] as const;

export const workflowStep = z.strictObject({
  id: workflowId,
  /** The role that runs it. */
  agent: workflowId,
  name: workflowText.optional(),
  groupId: workflowId.optional(),
  /** The context path under which the agent's result is written. */
  resultPath: contextPath,
  inputs: z.array(stepInput).max(WORKFLOW_LIMITS.refsPerStep),
  /** Declared outputs, as context paths under `resultPath` or a root of `writes`. */
  outputs: z.array(contextPath).max(WORKFLOW_LIMITS.refsPerStep),
  /** What the step may read beside its inputs; empty means everything. */
  reads: z.array(contextPath).max(WORKFLOW_LIMITS.refsPerStep),
  /** What the step may write: its result path, its agent's owned roots, and what it declared. */
  writes: z.array(contextPath).max(WORKFLOW_LIMITS.refsPerStep),
  /**
   * All that blocks the step, resolved from its inputs, its dependencies and its group's dependencies. Nothing else
   * blocks it but the pool. `kind: 'group'` names only groups that have a barrier.
   */
  waitsFor: z.array(waitsFor).max(WORKFLOW_LIMITS.refsPerStep),
  /** The steps whose results this step judges: a validation step, the last class of priority. */
  validates: z.array(workflowId).max(1000),
  /** Of one attempt, from its dispatch. */
  timeoutMs: durationMs,
  retry: retryPolicy,
  /** `continue` lets the run go on without this step; what waits for it is skipped. */
  onFailure: z.enum(ON_FAILURE),
  /** Written by the author; absent: the plan's class decides (10, 7 or 5). */
  priority: z.number().int().min(0).max(100).optional(),
  needs: needs,
  /** Units of the pool's named resources that the step holds while it runs; absent: none. */
  uses: z.record(workflowId, z.number().min(0).max(1_000_000)).optional(),
  estimate: estimate,
  /** Absent: an agent runs the step. Else `agent` is the step's own id, as whose it writes. */
  wait: stepWait.optional(),
  /** Constant parts of the agent's input. */
  with: z.record(workflowId, workflowJson),
  /** `with.prompt` is a template, and the agent is given what comes of it; absent: it is a text like any other. */
  template: stepTemplate.optional(),
});
export type WorkflowStep = z.infer<typeof workflowStep>;

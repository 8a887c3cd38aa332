import { z } from 'zod';
import { barrierSpec, crossValidation } from './group.ts';
import { WORKFLOW_LIMITS } from './limits.ts';
import { poolSpec, priorityClasses, resourceWords } from './pool.ts';
import { workflowStep } from './step.ts';
import { durationMs, workflowId, workflowJson, workflowText } from './values.ts';

/**
 * The normalized workflow definition: what is submitted to the engine and crosses the wire. The loader makes it from a
 * file, the builder from code; both resolve every default, word and reference, so that nothing downstream parses.
 * Durations are milliseconds, needs are pool units, paths are JSON pointers into the context.
 */

/** A group: the join rule of its steps, never their start rule (each step starts as soon as its own inputs are there). */
export const workflowGroup = z.strictObject({
  id: workflowId,
  name: workflowText.optional(),
  steps: z.array(workflowId).min(1).max(WORKFLOW_LIMITS.steps),
  /** False runs the members one after another, in the order written. */
  parallel: z.boolean(),
  /** Absent where nothing has to be joined (a single step): the group is then complete when its steps are. */
  barrier: barrierSpec.optional(),
  crossValidation: crossValidation.optional(),
});
export type WorkflowGroup = z.infer<typeof workflowGroup>;

export const WORKFLOW_INPUT_TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'any'] as const;

export const workflowInput = z.strictObject({
  type: z.enum(WORKFLOW_INPUT_TYPES),
  required: z.boolean(),
  default: workflowJson.optional(),
  description: workflowText.optional(),
});
export type WorkflowInput = z.infer<typeof workflowInput>;

/**
 * That the result of an agent follows from its input alone. `version` is changed by whoever changes the work; `ttlMs`: how long a
 * result may be given again, else as long as the agent's process lives.
 */
export const agentCache = z.union([
  z.boolean(),
  z.strictObject({ version: z.string().max(64).optional(), ttlMs: durationMs.positive().optional() }),
]);
export type AgentCache = z.infer<typeof agentCache>;

/** A program as an agent: JSON on stdin and stdout. The words are passed as they are; no shell looks at them. */
export const commandAgent = z.strictObject({
  command: z.array(z.string().max(4096)).min(1).max(256),
  /** Of one attempt; the step's own time-out holds too. */
  timeoutMs: durationMs.optional(),
  /** Relative to the workflow file. */
  cwd: z.string().max(1024).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(4096)).optional(),
  /** Whether it also takes requests of the kind `validate`; absent: it does not. */
  validates: z.boolean().optional(),
  /** Whether work on an input that it had before is given again instead of done again; absent: it is not. */
  cache: agentCache.optional(),
});
export type CommandAgent = z.infer<typeof commandAgent>;

export const workflowDefinition = z.strictObject({
  /** The version of this format. */
  format: z.literal(1),
  id: workflowId,
  name: workflowText.optional(),
  version: z.string().max(64).optional(),
  description: workflowText.optional(),
  /** What the run must be given; the values stand in the context under `/inputs`. */
  inputs: z.record(workflowId, workflowInput),
  steps: z.array(workflowStep).min(1).max(WORKFLOW_LIMITS.steps),
  groups: z.array(workflowGroup).max(WORKFLOW_LIMITS.steps),
  pool: poolSpec,
  priorities: priorityClasses,
  /** What `low` … `very_high` meant when the file was read; `tutti plan` prints it. */
  resourceWords: resourceWords,
  /** Agent → the context roots that only it may write, beyond its own name (specification: `ownership_rules`). */
  ownership: z.record(workflowId, z.array(workflowId).max(1000)),
  /** Agents that are programs, by name. */
  commands: z.record(workflowId, commandAgent),
  /** Files that export agents, relative to the workflow file; only an embedded run loads them. */
  agentModules: z.array(z.string().min(1).max(1024)).max(100),
  /** Of the whole run. */
  timeoutMs: durationMs,
  /** What the estimates were multiplied with already; agents that only pretend to work may use it too. */
  timeScale: z.number().positive().max(1000),
  /**
   * Blocks of the specification that describe the engine, as the file has them: renders, caches and alerts take their limits from here
   * (docs/specification.md), and no plan does.
   */
  policies: z.record(workflowId, workflowJson),
});
export type WorkflowDefinition = z.infer<typeof workflowDefinition>;

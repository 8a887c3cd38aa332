import { z } from 'zod';
import { needs } from './messages/shared.ts';
import { place } from './workflow/finding.ts';
import { WORKFLOW_LIMITS } from './workflow/limits.ts';
import { estimate } from './workflow/step.ts';
import { validation } from './workflow/validations.ts';

/**
 * The plan of a workflow: pure data, the same for the same definition. Times are milliseconds from the start of the run.
 */

export const EDGE_TYPES = ['data', 'context', 'validation', 'resource'] as const;

/** Why one step has to do with another (specification: `dependency_types`). */
export const planEdge = z.strictObject({
  type: z.enum(EDGE_TYPES),
  from: z.string(),
  to: z.string(),
  /** True: `to` cannot start before `from` is over. */
  blocking: z.boolean(),
  /** The group whose barrier stands between them, if one does. */
  viaGroup: z.string().optional(),
  why: z.string(),
  place: place.optional(),
  /** Every reason, the first one included; absent where there is only one. */
  reasons: z.array(z.strictObject({ why: z.string(), place: place.optional() })).optional(),
  /** Of a resource edge: what both want, `cpu`, `memory` or a named resource. */
  resource: z.string().optional(),
  /** Of a context edge: whether, by the plan, the value is there when `to` starts. */
  met: z.boolean().optional(),
});
export type PlanEdge = z.infer<typeof planEdge>;

/** Where a step's duration in the plan comes from. */
export const planEstimate = z.strictObject({
  /** `history`: what past runs took; else whose words they were: the step's, its group's, nobody's. */
  source: estimate.shape.source,
  /** Of a history, what a tenth of the runs did not take longer than; `maxMs` what nine tenths did not. */
  minMs: z.number(),
  maxMs: z.number(),
  /** Finished steps that were learned from. */
  samples: z.number().int().positive().optional(),
  /** They had inputs of this size, up to about twice as large; absent where all of the agent count. */
  inputBytes: z.number().optional(),
});
export type PlanEstimate = z.infer<typeof planEstimate>;

export const planStep = z.strictObject({
  id: z.string(),
  agent: z.string(),
  groupId: z.string().optional(),
  /** The likely value of the estimate: the middle of a range, the median of a history. */
  durationMs: z.number(),
  estimate: planEstimate.optional(),
  needs: needs,
  /** Of the pool's named resources, beside `needs`. */
  uses: z.record(z.string(), z.number()).optional(),
  /** By the edges alone, as if the pool had no end. */
  earliestStartMs: z.number(),
  /** The latest start that keeps the critical path's length. */
  latestStartMs: z.number(),
  /** `latestStartMs - earliestStartMs`; 0 is critical. */
  slackMs: z.number(),
  critical: z.boolean(),
  /** In the schedule, pool included. */
  plannedStartMs: z.number(),
  plannedEndMs: z.number(),
  /**
   * How much later it may start in this schedule, the pool included, while the whole ends no later, if what follows it moves
   * too. Absent in plans of many hundred steps.
   */
  floatMs: z.number().optional(),
  /** The file's, or the class: critical 10, parallel 7, validation 5 (of a validation that nobody waits for). */
  priority: z.number(),
  /** The length of the longest chain from this step's start to the end. */
  remainingMs: z.number(),
});
export type PlanStep = z.infer<typeof planStep>;

export const planGroup = z.strictObject({
  id: z.string(),
  steps: z.array(z.string()),
  /** False for a group of the file; true for one that the planner made of steps at the same depth. */
  implied: z.boolean(),
  barrier: z.boolean(),
  plannedStartMs: z.number(),
  plannedEndMs: z.number(),
});
export type PlanGroup = z.infer<typeof planGroup>;

/** Lower bounds of the makespan; no schedule can be shorter than the largest. */
export const planBounds = z.strictObject({
  criticalPathMs: z.number(),
  /** Work in CPU units × ms over what may be handed out; the same for memory and for agents. */
  cpuMs: z.number(),
  memoryMs: z.number(),
  agentsMs: z.number(),
  /** The same for the named resource that is longest in use; absent where the pool has none. */
  namedMs: z.number().optional(),
  /** Work of a resource between the earliest start of some steps and what must come after them. */
  windowMs: z.number().optional(),
  /** The longest set of steps of which no two can run at once, with what comes before and after it. */
  disjunctiveMs: z.number(),
  /** Every shorter time contradicts itself; absent where it was not worth, or too much, to look for. */
  refutedMs: z.number().optional(),
});
export type PlanBounds = z.infer<typeof planBounds>;

export const planSchema = z.strictObject({
  workflowId: z.string(),
  /** SHA-256 over the canonical JSON of the definition, in hex. */
  hash: z.string(),
  steps: z.array(planStep),
  groups: z.array(planGroup),
  edges: z.array(planEdge),
  /** One longest chain of step ids. */
  criticalPath: z.array(z.string()),
  makespanMs: z.number(),
  lowerBoundMs: z.number(),
  bounds: planBounds,
  /** Which of the bounds is the largest: the first one that is, in the order of `bounds`. */
  lowerBoundBy: planBounds.keyof().optional(),
  /** One after another. */
  sequentialMs: z.number(),
  /** True: the makespan equals the lower bound, so no schedule is shorter. */
  optimal: z.boolean(),
  /** The rule whose schedule was the shortest. */
  rule: z.string(),
  peak: z.strictObject({ cpu: z.number(), memory: z.number(), agents: z.number() }),
  /** The most that is used of each named resource; absent where the pool has none. */
  namedPeak: z.record(z.string(), z.number()).optional(),
  /** What is judged after joins; nothing waits for it, so it has no times here. Absent: nothing, and in plans of before. */
  validations: z.array(validation).max(WORKFLOW_LIMITS.validations).optional(),
});
export type Plan = z.infer<typeof planSchema>;

/** A plan as `tutti plan --json` prints it: the same, with the headline numbers in SECONDS beside it. */
export const planReport = planSchema.extend({
  makespan: z.number(),
  lowerBound: z.number(),
  sequential: z.number(),
});
export type PlanReport = z.infer<typeof planReport>;

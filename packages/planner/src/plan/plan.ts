import {
  type Plan,
  type PlanEstimate,
  type PlanReport,
  type PlanStep,
  type PoolSpec,
  validationsOf,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { largest, largestOf, lowerBounds } from '../bounds/bounds.ts';
import { estimated } from '../estimates/apply.ts';
import type { FinishedStep } from '../estimates/history.ts';
import type { Sources } from '../file/resolution.ts';
import { type Analysis, analyse, criticalChain } from '../graph/analysis.ts';
import { assertPlannable } from '../graph/check.ts';
import { type Problem, poolProblem, type Schedule, type Scheduler } from '../schedule/problem.ts';
import { searchScheduler } from '../search/scheduler.ts';
import { favourContext, sayWhatIsMet } from './context.ts';
import { planEdges } from './edges.ts';
import { floats } from './float.ts';
import { planGroups } from './groups.ts';
import { definitionHash } from './hash.ts';
import { namedPeak, withNamedResources } from './named.ts';
import { peakUse } from './peak.ts';
import { classOf } from './priority.ts';

export interface PlanOptions {
  /** Of the loaded file: edges then say where they come from. */
  readonly sources?: Sources;
  /** Another way to find a schedule, such as a search. */
  readonly schedule?: Scheduler;
  /** What past runs took, in the order in which it ended: it takes the place of the estimates that it has samples for. */
  readonly history?: Iterable<FinishedStep>;
  /** Ids of steps whose estimate no history overrules, because a question set it. */
  readonly asked?: readonly string[];
  /** The pool that the run will really have, where that is not the file's own. The plan's hash stays that of the definition. */
  readonly pool?: PoolSpec;
}

/**
 * The plan of a definition: edges, groups, a schedule within the pool, and what can be proved about it. Pure: the same
 * definition gives the same plan. Throws `unplannable` (a cycle, a step that never fits) or `bad_file` (broken references)
 * with `details.findings`.
 */
export function planWorkflow(written: WorkflowDefinition, options: PlanOptions = {}): Plan {
  const pooled = options.pool === undefined ? written : { ...written, pool: options.pool };
  const { definition, estimates } = estimated(pooled, options.history, options.asked);
  const { graph, order } = assertPlannable(definition, options.sources);
  const problem = withNamedResources(poolProblem(definition, graph, order), definition);
  const analysis = analyse(problem);
  const bounds = lowerBounds(problem, analysis);
  const lowerBoundMs = largest(bounds);
  const found = (options.schedule ?? searchScheduler)(problem, lowerBoundMs);
  const edges = planEdges(definition, graph, order, options.sources);
  const schedule = favourContext(problem, graph, edges, found);
  const { peak, others } = peakUse(problem, schedule.starts);
  const planned: Planned = { estimates, problem, analysis, schedule, late: floats(problem, schedule) };
  const chain = criticalChain(problem, analysis).filter((node) => node < graph.steps);
  return {
    workflowId: definition.id,
    hash: definitionHash(written),
    steps: definition.steps.map((step, node) => planStep(definition, step, node, planned)),
    groups: planGroups(definition, graph, order, { starts: schedule.starts, durations: problem.durations }),
    edges: sayWhatIsMet(problem, graph, edges, schedule),
    criticalPath: chain.map((node) => graph.ids[node] ?? ''),
    makespanMs: schedule.makespan,
    lowerBoundMs,
    bounds,
    lowerBoundBy: largestOf(bounds),
    sequentialMs: problem.durations.reduce((sum, duration) => sum + duration, 0),
    optimal: schedule.makespan <= lowerBoundMs,
    rule: schedule.rule,
    peak,
    ...namedPeak(definition, others),
    ...validated(definition),
  };
}

/** What is judged after joins. It is no part of the schedule: nothing waits for it, and nobody knows how long it takes. */
function validated(definition: WorkflowDefinition): Pick<Plan, 'validations'> {
  const validations = validationsOf(definition);
  return validations.length === 0 ? {} : { validations: [...validations] };
}

interface Planned {
  readonly estimates: readonly PlanEstimate[];
  readonly problem: Problem;
  readonly analysis: Analysis;
  readonly schedule: Schedule;
  /** How much later each node may start; undefined where it was not worth finding out. */
  readonly late: Float64Array | undefined;
}

function planStep(definition: WorkflowDefinition, step: WorkflowStep, node: number, planned: Planned): PlanStep {
  const { problem, analysis, schedule, late } = planned;
  const durationMs = problem.durations[node] ?? 0;
  const estimate = planned.estimates[node];
  const earliestStartMs = analysis.heads[node] ?? 0;
  const remainingMs = analysis.tails[node] ?? 0;
  const latestStartMs = analysis.criticalPathMs - remainingMs;
  const critical = latestStartMs === earliestStartMs;
  const plannedStartMs = schedule.starts[node] ?? 0;
  return {
    id: step.id,
    agent: step.agent,
    ...(step.groupId === undefined ? {} : { groupId: step.groupId }),
    durationMs,
    ...(estimate === undefined ? {} : { estimate }),
    needs: step.needs,
    ...(step.uses === undefined ? {} : { uses: step.uses }),
    earliestStartMs,
    latestStartMs,
    slackMs: latestStartMs - earliestStartMs,
    critical,
    plannedStartMs,
    plannedEndMs: plannedStartMs + durationMs,
    ...(late === undefined ? {} : { floatMs: late[node] ?? 0 }),
    priority: step.priority ?? classOf(definition, step, critical, remainingMs === durationMs),
    remainingMs,
  };
}

/** The plan with its headline numbers in seconds: what `tutti plan --json` prints. */
export const reportPlan = (plan: Plan): PlanReport => ({
  ...plan,
  makespan: plan.makespanMs / 1000,
  lowerBound: plan.lowerBoundMs / 1000,
  sequential: plan.sequentialMs / 1000,
});

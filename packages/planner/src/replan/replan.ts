/**
 * A plan while its run goes on: what has run stands as it was, what runs ends when it was to take, and the rest follows in the
 * order of the plan. Pure; times are ms from the start of the run.
 */
import { type Plan, type PlanStep, TuttiError, type WorkflowDefinition } from '@tutti/contracts';
import { assertPlannable } from '../graph/check.ts';
import type { Graph } from '../graph/graph.ts';
import { withNamedResources } from '../plan/named.ts';
import { classOf } from '../plan/priority.ts';
import { type Problem, poolProblem } from '../schedule/problem.ts';
import { chainsOf } from './chains.ts';
import { type Known, outlook, shiftedStarts } from './forecast.ts';

export interface StepProgress {
  /** Absent for a step that never ran, such as one that was skipped. */
  readonly startedMs?: number;
  /** Absent as long as it runs. */
  readonly endedMs?: number;
}

export interface Progress {
  readonly nowMs: number;
  /** By step id; steps that are not named have not started. */
  readonly steps: Readonly<Record<string, StepProgress>>;
}

export interface ReplannedStep {
  readonly id: string;
  readonly state: 'ended' | 'running' | 'waiting';
  /** As it was, or as it is to be expected now. */
  readonly startMs: number;
  readonly endMs: number;
  /** On a longest chain of what is left, by the edges alone. */
  readonly critical: boolean;
  /** The class as in a plan, and the finer order: the longest chain of work from now on, own rest included. */
  readonly priority: number;
  readonly remainingMs: number;
}

export interface Replan {
  readonly nowMs: number;
  /** In the order of the plan. */
  readonly steps: readonly ReplannedStep[];
  readonly predictedEndMs: number;
  /** Later than planned; below 0 where it is ahead. */
  readonly delayMs: number;
}

/**
 * The plan in the light of what has happened. While all goes as planned it is the plan; whatever takes longer makes nothing
 * earlier. A step that runs longer than it was to is expected to end at any moment. Throws `bad_usage` for progress of steps
 * that the plan does not have, or that is not in the past.
 */
export function replan(definition: WorkflowDefinition, plan: Plan, progress: Progress): Replan {
  const { graph, order } = assertPlannable(definition);
  const durations = new Float64Array(graph.nodes);
  plan.steps.forEach(({ durationMs }, node) => {
    durations[node] = durationMs;
  });
  const problem = { ...withNamedResources(poolProblem(definition, graph, order), definition), durations };
  const known = knownOf(plan, graph, problem, progress);
  const { running, waiting } = known;
  const chains = chainsOf(problem, known.plannedEnds, running, waiting);
  const { starts, ends } = shiftedStarts(problem, known, chains);
  const { remaining, critical } = outlook(problem, known);
  const steps = plan.steps.map((step, node): ReplannedStep => {
    const isCritical = critical[node] === 1;
    const remainingMs = remaining[node] ?? 0;
    return {
      id: step.id,
      state: known.state[node] ?? 'waiting',
      startMs: starts[node] ?? 0,
      endMs: ends[node] ?? 0,
      critical: isCritical,
      priority: priorityOf(definition, step, node, isCritical),
      remainingMs,
    };
  });
  const predictedEndMs = steps.reduce((end, { endMs }) => Math.max(end, endMs), 0);
  return { nowMs: progress.nowMs, steps, predictedEndMs, delayMs: predictedEndMs - plan.makespanMs };
}

/** A step that only judges keeps its class; so does one whose priority the file says. */
function priorityOf(definition: WorkflowDefinition, planned: PlanStep, node: number, critical: boolean): number {
  const step = definition.steps[node];
  if (step === undefined) return planned.priority;
  return step.priority ?? classOf(definition, step, critical, planned.remainingMs === planned.durationMs);
}

function knownOf(plan: Plan, { nodes, steps, stepIndex }: Graph, problem: Problem, progress: Progress): Known {
  checkProgress(stepIndex, progress);
  const plannedStarts = new Float64Array(nodes);
  plan.steps.forEach(({ plannedStartMs }, node) => {
    plannedStarts[node] = plannedStartMs;
  });
  const plannedEnds = plannedStarts.map((start, node) => start + (problem.durations[node] ?? 0));
  const told = Array.from({ length: steps }, (_, node) => progress.steps[plan.steps[node]?.id ?? '']);
  const state = told.map((one) => stateOf(one));
  const place = new Map(Array.from(problem.order, (node, at) => [node, at]));
  const inState = (wanted: ReplannedStep['state']): number[] =>
    [...state.keys()].filter((node) => state[node] === wanted);
  const waiting = inState('waiting').sort(
    (a, b) => (plannedStarts[a] ?? 0) - (plannedStarts[b] ?? 0) || (place.get(a) ?? 0) - (place.get(b) ?? 0),
  );
  return { nowMs: progress.nowMs, plannedStarts, plannedEnds, told, state, running: inState('running'), waiting };
}

function stateOf(told: StepProgress | undefined): ReplannedStep['state'] {
  if (told?.endedMs !== undefined) return 'ended';
  return told?.startedMs === undefined ? 'waiting' : 'running';
}

function checkProgress(stepIndex: Graph['stepIndex'], { nowMs, steps }: Progress): void {
  for (const [id, { startedMs = 0, endedMs = nowMs }] of Object.entries(steps)) {
    if (!stepIndex.has(id)) throw new TuttiError('bad_usage', `The plan has no step "${id}"`);
    if (startedMs <= endedMs && endedMs <= nowMs && startedMs <= nowMs) continue;
    throw new TuttiError('bad_usage', `"${id}" cannot have run from ${startedMs} to ${endedMs}: it is ${nowMs} now`);
  }
}

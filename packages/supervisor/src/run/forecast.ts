/**
 * How a run will go on, by what has really happened: real durations stand for estimates, and what is critical now is asked for
 * as such. The run says when a look is due; its node looks, and tells it. So the journal holds what came of it, and nothing is
 * worked out again when it is replayed.
 */
import {
  type Plan,
  type PlanStep,
  type PoolSpec,
  poolDifferences,
  poolFor,
  TuttiError,
  type WorkflowDefinition,
} from '@tutti/contracts';
import { type Progress, replan, type StepProgress } from '@tutti/planner';
import { stepIn } from './graph.ts';
import { isOver, type RunContext, type StepState } from './model.ts';
import type { Turn } from './turn.ts';
import { urgencyOf } from './urgency.ts';

/** Between two forecasts of one run, ms: what is shorter than that nobody plans anew. */
export const FORECAST_EACH_MS = 1_000;
/** Runs of more steps keep to their plan: a forecast of so many takes some 12 ms of the process that all runs share. */
export const FORECAST_STEPS = 1_000;

/** Times are ms from the start of the run. */
export interface Forecast {
  readonly atMs: number;
  readonly predictedEndMs: number;
  /** Later than planned; below 0 where it is ahead. */
  readonly delayMs: number;
  /** Steps on the longest chain of what is left. */
  readonly critical: readonly string[];
}

export type Foreseen = Forecast & { readonly type: 'run.foreseen' };

/** Asks the node for a look when a step is over and the last look is long enough ago. */
export function askForecast(turn: Turn): void {
  const { run } = turn;
  if (turn.touched.length === 0 || run.phase !== 'running' || run.definition.steps.length > FORECAST_STEPS) return;
  if (turn.at - run.submittedAtMs - (run.forecast?.atMs ?? 0) < FORECAST_EACH_MS) return;
  turn.custom('foresee', {});
}

/**
 * The look itself, for the node of the run. Pure; `at` is ms since 1970, `cluster` the pool that the run shares, where that is
 * known: its file's word does not hold there. Undefined where a step fits that pool no more.
 */
export function foresee(run: RunContext, at: number, cluster?: PoolSpec): Foreseen | undefined {
  const seen = outlook(run, progressOf(run, at), cluster);
  if (seen === undefined) return undefined;
  const { nowMs, predictedEndMs, delayMs, steps } = seen;
  const critical = steps.filter((step) => step.critical && step.state !== 'ended').map(({ id }) => id);
  return { type: 'run.foreseen', atMs: nowMs, predictedEndMs, delayMs, critical };
}

function outlook({ definition, plan }: RunContext, progress: Progress, cluster: PoolSpec | undefined) {
  const pool = cluster === undefined ? definition.pool : poolFor(definition.pool, cluster);
  const isSame = poolDifferences(pool, definition.pool).length === 0;
  try {
    return replan(isSame ? definition : { ...definition, pool }, plan, progress);
  } catch (error) {
    // The pool has become smaller than what a step needs, which waits for a larger one: nothing says when that comes.
    if (TuttiError.from(error).code === 'unplannable') return undefined;
    throw error;
  }
}

export function foreseen(turn: Turn, { atMs, predictedEndMs, delayMs, critical }: Foreseen): void {
  if (turn.run.phase !== 'running' || atMs <= (turn.run.forecast?.atMs ?? 0)) return;
  turn.set({ forecast: { atMs, predictedEndMs, delayMs, critical } });
  turn.emit({ type: 'run.forecast', data: { predictedEndMs, delayMs, critical: [...critical] } });
}

function progressOf(run: RunContext, at: number): Progress {
  const { submittedAtMs, definition } = run;
  const nowMs = Math.max(0, at - submittedAtMs);
  const progress: Record<string, StepProgress> = {};
  for (const { id } of definition.steps) {
    const step = stepIn(run, id);
    if (step === undefined) continue;
    const told = toldOf(step, submittedAtMs, nowMs);
    if (told !== undefined) progress[id] = told;
  }
  return { nowMs, steps: progress };
}

/** Clocks of processes differ: nothing has happened before the start, after now, or ended before it began. */
function toldOf(step: StepState, fromMs: number, nowMs: number): StepProgress | undefined {
  const within = (ms: number): number => Math.min(nowMs, Math.max(0, ms - fromMs));
  const startedMs = step.startedAtMs === undefined ? undefined : within(step.startedAtMs);
  if (!isOver(step)) return startedMs === undefined ? undefined : { startedMs };
  const endedMs = Math.max(startedMs ?? 0, within(step.endedAtMs ?? fromMs + nowMs));
  return startedMs === undefined ? { endedMs } : { startedMs, endedMs };
}

interface Standing {
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  readonly forecast?: Forecast | undefined;
}

/** How urgent a step is to the pool: by the plan, unless it has become critical or ceased to be. */
export function priorityOf({ definition, plan, forecast }: Standing, row: PlanStep): number {
  const planned = urgencyOf(definition, plan, row);
  if (forecast === undefined || forecast.critical.includes(row.id) === row.critical) return planned;
  const written = definition.steps.find(({ id }) => id === row.id)?.priority;
  if (written !== undefined) return written;
  const { critical, parallel } = definition.priorities;
  return row.critical ? Math.min(planned, parallel) : Math.max(planned, critical);
}

/** How much later than planned a step is to be expected: those of one run keep their order. */
export const delayOf = ({ forecast }: Pick<Standing, 'forecast'>): number =>
  Math.round(Math.max(0, forecast?.delayMs ?? 0));

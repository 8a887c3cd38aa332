/**
 * How a run will go on, by what has really happened: real durations stand for estimates, and the steps that wait are asked for
 * in the order, and with the urgency, of the plan as it is now.
 */
import type { Plan, PlanStep, WorkflowDefinition } from '@tutti/contracts';
import { type Progress, type Replan, replan, type StepProgress } from '@tutti/planner';
import { isOver, type RunContext, type StepState } from './model.ts';
import type { Turn } from './turn.ts';
import { urgencyOf } from './urgency.ts';

/** Between two forecasts of one run, ms: what is shorter than that nobody plans anew. */
export const FORECAST_EACH_MS = 1_000;
/** Runs of more steps keep to their plan: a forecast of so many takes some 7 ms of the process that all runs share. */
export const FORECAST_STEPS = 1_000;

/** Of the steps that waited when it was made. Times are ms from the start of the run. */
export interface Forecast {
  readonly atMs: number;
  readonly predictedEndMs: number;
  readonly steps: Readonly<
    Record<string, { readonly startMs: number; readonly priority: number; readonly critical: boolean }>
  >;
}

/** Looks again at how the run goes on, when a step is over and the last look is long enough ago. */
export function foresee(turn: Turn): void {
  const { run } = turn;
  if (turn.touched.length === 0 || run.phase !== 'running' || run.definition.steps.length > FORECAST_STEPS) return;
  if (turn.at - run.submittedAtMs - (run.forecast?.atMs ?? 0) < FORECAST_EACH_MS) return;
  const now = replan(run.definition, run.plan, progressOf(run, turn.at));
  turn.set({ forecast: forecastOf(now) });
  const critical = now.steps.filter((step) => step.critical && step.state !== 'ended').map(({ id }) => id);
  const { predictedEndMs, delayMs } = now;
  turn.emit({ type: 'run.forecast', data: { predictedEndMs, delayMs, critical } });
}

function forecastOf({ nowMs, predictedEndMs, steps }: Replan): Forecast {
  const waiting = steps.filter(({ state }) => state === 'waiting');
  return {
    atMs: nowMs,
    predictedEndMs,
    steps: Object.fromEntries(
      waiting.map(({ id, startMs, priority, critical }) => [id, { startMs, priority, critical }]),
    ),
  };
}

function progressOf({ submittedAtMs, steps }: RunContext, at: number): Progress {
  const nowMs = at - submittedAtMs;
  const progress: Record<string, StepProgress> = {};
  for (const [id, step] of Object.entries(steps)) {
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

/** How urgent a step is to the pool, and when it is to begin. A step that became or ceased to be critical changes its class. */
export function standingOf(
  {
    definition,
    plan,
    forecast,
  }: { readonly definition: WorkflowDefinition; readonly plan: Plan; readonly forecast?: Forecast | undefined },
  row: PlanStep,
): { readonly priority: number; readonly startMs: number } {
  const now = forecast?.steps[row.id];
  const planned = urgencyOf(definition, plan, row);
  if (now === undefined) return { priority: planned, startMs: row.plannedStartMs };
  return { priority: now.critical === row.critical ? planned : now.priority, startMs: now.startMs };
}

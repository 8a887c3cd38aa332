/** Time as charts of a plan draw it. */
import type { PlanStep } from '@tutti/contracts';

/** How much later a step may end in the plan as it stands; in plans of many hundred steps, by its edges alone. */
export const floatMs = (step: PlanStep): number => step.floatMs ?? step.slackMs;

/** Rows of a chart: by start, then by end. */
export const byTime = (a: PlanStep, b: PlanStep): number =>
  a.plannedStartMs - b.plannedStartMs || a.plannedEndMs - b.plannedEndMs;

/** Round steps of time that put four to ten marks on an axis. */
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 72e5, 216e5,
];
const MOST_MARKS = 10;

export function axisMarks(totalMs: number): number[] {
  const by = STEPS_MS.find((ms) => totalMs / ms <= MOST_MARKS) ?? Math.ceil(totalMs / MOST_MARKS);
  return Array.from({ length: Math.floor(totalMs / by) + 1 }, (_, at) => at * by);
}

import { makespanOf, mirror, type Problem, type Schedule } from '../schedule/problem.ts';
import { serialSchedule } from '../schedule/serial.ts';

/** Beyond what people look at, the pass would cost more than it tells; a plan travels with every submission. */
const MOST_NODES = 400;

/**
 * How much later each node may start in the plan, the pool included, while the whole ends no later: everything is pushed to
 * the right as far as it goes, the last first. Undefined for plans that are too large for it.
 */
export function floats(problem: Problem, { starts, makespan }: Schedule): Float64Array | undefined {
  if (problem.nodes > MOST_NODES) return undefined;
  const durationOf = (node: number): number => problem.durations[node] ?? 0;
  const late = serialSchedule(
    mirror(problem),
    Float64Array.from(starts, (start, node) => -(start + durationOf(node))),
  );
  // Another order of equal ends may, at the worst, come out longer; then nothing may slip.
  if (makespanOf(problem, late) > makespan) return new Float64Array(problem.nodes);
  return Float64Array.from(starts, (start, node) =>
    Math.max(0, makespan - (late[node] ?? 0) - durationOf(node) - start),
  );
}

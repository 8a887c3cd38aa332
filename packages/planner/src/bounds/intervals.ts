import { type Problem, TOLERANCE } from '../schedule/problem.ts';
import type { Windows } from './windows.ts';

/**
 * Whether, in some interval, there is more to do than a resource can: of each node what falls into the interval however it is
 * moved in its window (energetic reasoning). An interval begins where a window does; what falls into it grows with its end in
 * straight pieces, so it is looked at only where one of them ends.
 */
export function isOverfull(problem: Problem, working: readonly number[], windows: Windows): boolean {
  const openings = [...new Set(working.map((node) => windows.from[node] as number))];
  return problem.demands.some((column, resource) => {
    const wanting = working.filter((node) => (column[node] as number) > 0);
    const capacity = problem.capacities[resource] ?? 0;
    const intervals = new Intervals(problem, wanting, windows, column, capacity);
    return wanting.length > 1 && openings.some((from) => intervals.isOverfullFrom(from));
  });
}

class Intervals {
  readonly #problem: Problem;
  readonly #nodes: readonly number[];
  readonly #windows: Windows;
  readonly #column: Float64Array;
  readonly #capacity: number;

  constructor(problem: Problem, nodes: readonly number[], windows: Windows, column: Float64Array, capacity: number) {
    this.#problem = problem;
    this.#nodes = nodes;
    this.#windows = windows;
    this.#column = column;
    this.#capacity = capacity;
  }

  isOverfullFrom(from: number): boolean {
    const { durations } = this.#problem;
    const { from: starts, to: ends } = this.#windows;
    const changes: [at: number, slope: number][] = [];
    for (const node of this.#nodes) {
      const duration = durations[node] as number;
      const least = Math.min(duration, (starts[node] as number) + duration - from);
      if (least <= 0) continue;
      const begins = Math.max(from, (ends[node] as number) - duration);
      const units = this.#column[node] as number;
      changes.push([begins, units], [begins + least, -units]);
    }
    changes.sort((a, b) => a[0] - b[0]);
    let [work, slope, last] = [0, 0, from];
    for (const [at, by] of changes) {
      work += slope * (at - last);
      if (by < 0 && work > (this.#capacity + TOLERANCE) * (at - from) + TOLERANCE) return true;
      slope += by;
      last = at;
    }
    return false;
  }
}

/**
 * The least makespan of a small problem, by trying every order: each activity of an order starts at the first second at which
 * all before it have ended and it fits. One of these schedules is a shortest one. Shares no code with the planner.
 */
import type { RawProblem } from '../search/solve.ts';

export function optimumOf({ durations, demands, capacities, successors }: RawProblem): number {
  const starts: (number | undefined)[] = durations.map(() => undefined);
  const isRunning = (i: number, second: number): boolean => {
    const start = starts[i];
    return start !== undefined && start <= second && second < start + (durations[i] ?? 0);
  };
  const fits = (i: number, start: number): boolean => {
    for (let second = start; second < start + (durations[i] ?? 0); second += 1) {
      for (const [r, capacity] of capacities.entries()) {
        let used = demands[r]?.[i] ?? 0;
        for (let j = 0; j < durations.length; j += 1) if (isRunning(j, second)) used += demands[r]?.[j] ?? 0;
        if (used > capacity) return false;
      }
    }
    return true;
  };
  const shortest = (left: number, end: number): number => {
    if (left === 0) return end;
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < durations.length; i += 1) {
      if (starts[i] !== undefined) continue;
      const before = successors.flatMap((list, j) => (list.includes(i) ? [j] : []));
      if (before.some((j) => starts[j] === undefined)) continue;
      let start = Math.max(0, ...before.map((j) => (starts[j] ?? 0) + (durations[j] ?? 0)));
      while (!fits(i, start)) start += 1;
      starts[i] = start;
      best = Math.min(best, shortest(left - 1, Math.max(end, start + (durations[i] ?? 0))));
      starts[i] = undefined;
    }
    return best;
  };
  return shortest(durations.length, 0);
}

/** Bounds by work: what is to be done with a resource over what there is of it. */
import type { Analysis } from '../graph/analysis.ts';
import type { Problem } from '../schedule/problem.ts';

/** Less a hair of rounding error: a bound must not be rounded up for a sum of units that is not exact. */
const HAIR = 1e-6;
/** Earliest starts that a window is opened at; all of them up to this many nodes, and this many beyond it. */
const ALL_WINDOWS = 400;
const SOME_WINDOWS = 16;

/** Durations are whole ms, so a schedule's length is too, and a bound may be rounded up. */
const wholeMs = (ms: number): number => Math.ceil(ms - HAIR);

/** All work of a resource over what there is of it. */
export function energyBound({ durations, demands, capacities }: Problem, resource: number): number {
  const capacity = capacities[resource] ?? 0;
  let energy = 0;
  durations.forEach((duration, node) => {
    energy += duration * (demands[resource]?.[node] ?? 0);
  });
  return energy === 0 || capacity === 0 ? 0 : wholeMs(energy / capacity);
}

/**
 * The work of those that can start no earlier than some moment and have at least so much behind them: it has to be done
 * between that moment and that much before the end. The largest of all windows, for one resource.
 */
export function windowBound(problem: Problem, { heads, tails }: Analysis, resource: number): number {
  const { durations, demands, capacities } = problem;
  const column = demands[resource] ?? new Float64Array(problem.nodes);
  const capacity = capacities[resource] ?? 0;
  const behind = (node: number): number => (tails[node] ?? 0) - (durations[node] ?? 0);
  const working = [...durations.keys()].filter((node) => (durations[node] ?? 0) * (column[node] ?? 0) > 0);
  if (capacity === 0 || working.length === 0) return 0;
  working.sort((a, b) => behind(b) - behind(a));
  let longest = 0;
  for (const opens of openings(working.map((node) => heads[node] ?? 0))) {
    let energy = 0;
    for (const node of working) {
      if ((heads[node] ?? 0) < opens) continue;
      energy += (durations[node] ?? 0) * (column[node] ?? 0);
      longest = Math.max(longest, opens + wholeMs(energy / capacity) + behind(node));
    }
  }
  return longest;
}

function openings(heads: readonly number[]): number[] {
  const moments = [...new Set(heads)].sort((a, b) => a - b);
  if (heads.length <= ALL_WINDOWS) return moments;
  const step = Math.max(1, Math.ceil(moments.length / SOME_WINDOWS));
  return moments.filter((_, at) => at % step === 0);
}

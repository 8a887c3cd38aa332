import type { PlanBounds } from '@tutti/contracts';
import type { Analysis } from '../graph/analysis.ts';
import type { Problem } from './problem.ts';

/** Lower bounds of the makespan: no schedule, however clever, is shorter than the largest of them. */
export function lowerBounds(problem: Problem, analysis: Analysis): PlanBounds {
  const [cpuMs = 0, memoryMs = 0, agentsMs = 0] = problem.demands.map((_, resource) => energyBound(problem, resource));
  const disjunctive = problem.demands.map((_, resource) => disjunctiveBound(problem, analysis, resource));
  return {
    criticalPathMs: analysis.criticalPathMs,
    cpuMs,
    memoryMs,
    agentsMs,
    disjunctiveMs: Math.max(0, ...disjunctive),
  };
}

/** Durations are whole ms, so a schedule's length is too, and a bound may be rounded up (less a hair of rounding error). */
const wholeMs = (ms: number): number => Math.ceil(ms - 1e-6);

/** All work of a resource over what there is of it. */
function energyBound({ durations, demands, capacities }: Problem, resource: number): number {
  const capacity = capacities[resource] ?? 0;
  let energy = 0;
  durations.forEach((duration, node) => {
    energy += duration * (demands[resource]?.[node] ?? 0);
  });
  return energy === 0 || capacity === 0 ? 0 : wholeMs(energy / capacity);
}

/** Steps that each need more than half of a resource run one after another, behind the least that comes before and after. */
function disjunctiveBound(problem: Problem, { heads, tails }: Analysis, resource: number): number {
  const half = (problem.capacities[resource] ?? 0) / 2;
  let total = 0;
  let head = Number.POSITIVE_INFINITY;
  let tail = Number.POSITIVE_INFINITY;
  problem.durations.forEach((duration, node) => {
    if (duration === 0 || (problem.demands[resource]?.[node] ?? 0) <= half) return;
    total += duration;
    head = Math.min(head, heads[node] ?? 0);
    tail = Math.min(tail, (tails[node] ?? 0) - duration);
  });
  return total === 0 ? 0 : head + total + tail;
}

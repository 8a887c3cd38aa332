/** A scheduling problem by itself, without a workflow around it: what benchmarks and other tools hand in. */
import { type PlanBounds, TuttiError } from '@tutti/contracts';
import { largest, lowerBounds } from '../bounds/bounds.ts';
import { analyse } from '../graph/analysis.ts';
import { adjacency, topologicalOrder } from '../graph/graph.ts';
import { bestOfRules } from '../schedule/best.ts';
import type { Problem } from '../schedule/problem.ts';
import { type SearchLimits, search } from './search.ts';

export interface RawProblem {
  /** By activity, in any unit of time. */
  readonly durations: readonly number[];
  /** By resource, then by activity. */
  readonly demands: readonly (readonly number[])[];
  /** By resource. */
  readonly capacities: readonly number[];
  /** By activity: those that wait for it. */
  readonly successors: readonly (readonly number[])[];
}

export interface Solution {
  /** By activity, in the unit of the durations. */
  readonly starts: Float64Array;
  readonly makespan: number;
  readonly lowerBound: number;
  /** The bounds whose largest it is. */
  readonly bounds: PlanBounds;
  /** Whether the makespan is proved to be the least. */
  readonly optimal: boolean;
  readonly rule: string;
}

/** @throws TuttiError `unplannable` when the activities wait for each other in a circle, or one never fits. */
export function solve(raw: RawProblem, limits: SearchLimits): Solution {
  const problem = problemOf(raw);
  const bounds = lowerBounds(problem, analyse(problem));
  const lowerBound = largest(bounds);
  const { starts, makespan, rule } = search(problem, bestOfRules(problem, lowerBound), lowerBound, limits);
  return { starts, makespan, lowerBound, bounds, optimal: makespan <= lowerBound, rule };
}

function problemOf({ durations, demands, capacities, successors }: RawProblem): Problem {
  const nodes = durations.length;
  const from = successors.flatMap((list, node) => list.map(() => node));
  const to = successors.flat();
  const [before, after] = [adjacency(nodes, to, from), adjacency(nodes, from, to)];
  const order = topologicalOrder({ nodes, before, after });
  if (order.length < nodes) throw new TuttiError('unplannable', 'The activities wait for each other in a circle');
  demands.forEach((column, r) => {
    const over = column.findIndex((units) => units > (capacities[r] ?? 0));
    if (over >= 0) throw new TuttiError('unplannable', `Activity ${over} asks for more of resource ${r} than there is`);
  });
  const columns = demands.map((column) => Float64Array.from(column));
  return { nodes, durations: Float64Array.from(durations), demands: columns, capacities, before, after, order };
}

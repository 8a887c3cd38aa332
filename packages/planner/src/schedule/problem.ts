import { poolLimits, type WorkflowDefinition } from '@tutti/contracts';
import type { Adjacency, Graph } from '../graph/graph.ts';

/**
 * A resource-constrained scheduling problem in flat arrays: any number of renewable resources, one duration a node. Nodes
 * without duration or demand (joins) cost nothing. Times are ms from 0.
 */
export interface Problem {
  readonly nodes: number;
  readonly durations: Float64Array;
  /** `demands[resource][node]`. */
  readonly demands: readonly Float64Array[];
  readonly capacities: readonly number[];
  readonly before: Adjacency;
  readonly after: Adjacency;
  readonly order: Int32Array;
}

export interface Schedule {
  readonly starts: Float64Array;
  readonly makespan: number;
  /** The rule that made it, for people. */
  readonly rule: string;
}

/** Builds a schedule that breaks no edge and no capacity. A search may take the place of the rules behind this type. */
export type Scheduler = (problem: Problem, lowerBound: number) => Schedule;

/** The resources of the pool, in the order of `Problem.demands`. */
export const RESOURCES = ['cpu', 'memory', 'agents'] as const;

export function poolProblem(definition: WorkflowDefinition, graph: Graph, order: Int32Array): Problem {
  const limits = poolLimits(definition.pool);
  const column = (of: (step: WorkflowDefinition['steps'][number]) => number): Float64Array => {
    const values = new Float64Array(graph.nodes);
    definition.steps.forEach((step, node) => {
      values[node] = of(step);
    });
    return values;
  };
  return {
    nodes: graph.nodes,
    durations: column(({ estimate }) => estimate.likelyMs),
    demands: [
      column(({ needs }) => needs.cpu),
      column(({ needs }) => needs.memory),
      column(({ wait }) => (wait === undefined ? 1 : 0)),
    ],
    capacities: [limits.cpu, limits.memory, limits.agents],
    before: graph.before,
    after: graph.after,
    order,
  };
}

/** The same problem with time running backwards. */
export const mirror = (problem: Problem): Problem => ({
  ...problem,
  before: problem.after,
  after: problem.before,
  order: problem.order.toReversed(),
});

/** Sums of units such as 0.1 must not break a capacity by their rounding. */
export const TOLERANCE = 1e-9;

export function makespanOf({ durations }: Problem, starts: Float64Array): number {
  let end = 0;
  starts.forEach((start, node) => {
    end = Math.max(end, start + (durations[node] ?? 0));
  });
  return end;
}

/** Of each resource, the least that any node with a duration takes; 0 where there is none. */
export const leastDemands = ({ demands, durations }: Problem): number[] =>
  demands.map((column) => {
    let least = Number.POSITIVE_INFINITY;
    for (let node = 0; node < durations.length; node += 1) {
      if ((durations[node] ?? 0) > 0) least = Math.min(least, column[node] ?? 0);
    }
    return Number.isFinite(least) ? least : 0;
  });

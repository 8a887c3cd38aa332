import type { PlanEdge } from '@tutti/contracts';
import type { Graph } from '../graph/graph.ts';
import { adjacency, neighbours, topologicalOrder } from '../graph/graph.ts';
import { parallelSchedule } from '../schedule/parallel.ts';
import { makespanOf, type Problem, type Schedule } from '../schedule/problem.ts';

/** Context edges that a schedule is made for; more are left as they come. */
const MOST_EDGES = 200;

/**
 * The schedule in which the most context is there when it is wanted, of those that are no longer. A step that wants context
 * gives way to the one that makes it only where both want the same room in the pool; it never waits while it could run.
 */
export function favourContext(
  problem: Problem,
  graph: Graph,
  edges: readonly PlanEdge[],
  schedule: Schedule,
): Schedule {
  const wanted = pairsOf(graph, edges);
  if (wanted.length === 0 || wanted.length > MOST_EDGES) return schedule;
  const met = (starts: Float64Array): number => wanted.filter((pair) => isMet(problem, pair, starts)).length;
  if (met(schedule.starts) === wanted.length) return schedule;
  const soft = withEdges(problem, wanted);
  if (soft === undefined) return schedule;
  // What would start when under the wish decides who goes first; the wish itself then holds nobody up.
  const wished = parallelSchedule(soft, schedule.starts);
  const starts = parallelSchedule(problem, wished);
  const makespan = makespanOf(problem, starts);
  const isBetter = makespan <= schedule.makespan && met(starts) > met(schedule.starts);
  return isBetter ? { starts, makespan, rule: `${schedule.rule}, context first` } : schedule;
}

type Pair = readonly [from: number, to: number];

function pairsOf({ stepIndex }: Graph, edges: readonly PlanEdge[]): Pair[] {
  return edges.flatMap(({ type, from, to }): Pair[] => {
    const pair = [stepIndex.get(from), stepIndex.get(to)] as const;
    return type === 'context' && pair[0] !== undefined && pair[1] !== undefined ? [[pair[0], pair[1]]] : [];
  });
}

const isMet = ({ durations }: Problem, [from, to]: Pair, starts: Float64Array): boolean =>
  (starts[from] ?? 0) + (durations[from] ?? 0) <= (starts[to] ?? 0);

/** The problem as if context blocked; undefined where that would be a circle. */
function withEdges(problem: Problem, pairs: readonly Pair[]): Problem | undefined {
  const from: number[] = [];
  const to: number[] = [];
  for (let node = 0; node < problem.nodes; node += 1) {
    for (const after of neighbours(problem.after, node)) {
      from.push(node);
      to.push(after);
    }
  }
  for (const [source, target] of pairs) {
    from.push(source);
    to.push(target);
  }
  const { nodes } = problem;
  const edges = { before: adjacency(nodes, to, from), after: adjacency(nodes, from, to) };
  const order = topologicalOrder({ nodes, ...edges });
  return order.length < nodes ? undefined : { ...problem, ...edges, order };
}

/** Each context edge with the word whether, by the plan, its value is there when it is wanted. */
export function sayWhatIsMet(
  problem: Problem,
  graph: Graph,
  edges: readonly PlanEdge[],
  schedule: Schedule,
): PlanEdge[] {
  return edges.map((edge) => {
    if (edge.type !== 'context') return edge;
    const [pair] = pairsOf(graph, [edge]);
    return pair === undefined ? edge : { ...edge, met: isMet(problem, pair, schedule.starts) };
  });
}

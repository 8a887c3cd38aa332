/** Bounds by steps of which no two ever run at once: they share one time line. */
import type { Analysis } from '../graph/analysis.ts';
import { NodeHeap } from '../schedule/heap.ts';
import type { Problem } from '../schedule/problem.ts';
import type { Conflicts } from './conflicts.ts';

/** Cliques that are grown, each from another node. */
const MOST_CLIQUES = 60;

/** Steps that each need more than half of a resource run one after another. */
export function halfBound(problem: Problem, analysis: Analysis, resource: number): number {
  const half = (problem.capacities[resource] ?? 0) / 2;
  const wants = (node: number): boolean => (problem.demands[resource]?.[node] ?? 0) > half;
  const nodes = [...problem.durations.keys()].filter((node) => (problem.durations[node] ?? 0) > 0 && wants(node));
  return oneMachine(problem, analysis, nodes);
}

/**
 * Sets of nodes that are pairwise apart, for whatever reason, grown from the longest nodes on; each set takes at least what one
 * machine would take for it. Two that no edge decides take at least the better of their two orders.
 */
export function cliqueBound(problem: Problem, analysis: Analysis, { working, areApart, open }: Conflicts): number {
  const { durations } = problem;
  const { heads, tails } = analysis;
  const longestFirst = working.toSorted((a, b) => (durations[b] ?? 0) - (durations[a] ?? 0) || a - b);
  let longest = 0;
  for (const seed of longestFirst.slice(0, MOST_CLIQUES)) {
    const clique = [seed];
    for (const node of longestFirst) if (clique.every((member) => areApart(member, node))) clique.push(node);
    longest = Math.max(longest, oneMachine(problem, analysis, clique));
  }
  const inOrder = (a: number, b: number): number => (heads[a] ?? 0) + (durations[a] ?? 0) + (tails[b] ?? 0);
  for (let at = 0; at < open.length; at += 2) {
    const [a, b] = [open[at] ?? 0, open[at + 1] ?? 0];
    longest = Math.max(longest, Math.min(inOrder(a, b), inOrder(b, a)));
  }
  return longest;
}

/**
 * The least time of one machine for nodes with heads and tails if work could be interrupted: whoever has most behind it goes
 * first (Jackson's preemptive schedule). O(n log n).
 */
function oneMachine({ durations }: Problem, { heads, tails }: Analysis, nodes: readonly number[]): number {
  const behind = nodes.map((node) => (tails[node] ?? 0) - (durations[node] ?? 0));
  const left = nodes.map((node) => durations[node] ?? 0);
  const headOf = (at: number): number => heads[nodes[at] ?? 0] ?? 0;
  const arriving = [...nodes.keys()].sort((a, b) => headOf(a) - headOf(b));
  const ready = new NodeHeap(behind.map((tail) => -tail));
  let [now, next, longest] = [0, 0, 0];
  while (next < arriving.length || ready.size > 0) {
    if (ready.size === 0) now = Math.max(now, headOf(arriving[next] ?? 0));
    for (let at = arriving[next]; at !== undefined && headOf(at) <= now; at = arriving[next]) {
      ready.push(at);
      next += 1;
    }
    const at = ready.peek() ?? 0;
    const arrival = arriving[next];
    const span = Math.min(left[at] ?? 0, arrival === undefined ? Number.POSITIVE_INFINITY : headOf(arrival) - now);
    now += span;
    left[at] = (left[at] ?? 0) - span;
    if ((left[at] ?? 0) > 0) continue;
    ready.pop();
    longest = Math.max(longest, now + (behind[at] ?? 0));
  }
  return longest;
}

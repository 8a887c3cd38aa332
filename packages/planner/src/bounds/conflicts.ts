/** Pairs of nodes that never run at once: one comes before the other, or both want more of a resource than there is. */
import { neighbours } from '../graph/graph.ts';
import { type Problem, TOLERANCE } from '../schedule/problem.ts';

export interface Conflicts {
  /** Nodes that take time, in topological order. */
  readonly working: readonly number[];
  readonly areApart: (a: number, b: number) => boolean;
  /** Those that no edge decides: first, second, first, second, … */
  readonly open: Int32Array;
}

export function conflictsOf(problem: Problem): Conflicts {
  const { nodes, order, durations } = problem;
  const apart = comesBefore(problem);
  const working = [...order].filter((node) => (durations[node] ?? 0) > 0);
  const open: number[] = [];
  working.forEach((a, at) => {
    for (const b of working.slice(at + 1)) {
      const isOrdered = apart[a * nodes + b] === 1;
      const isRival = !isOrdered && isTooMuch(problem, a, b);
      if (isRival) open.push(a, b);
      if (isOrdered || isRival) apart[a * nodes + b] = apart[b * nodes + a] = 1;
    }
  });
  return { working, areApart: (a, b) => apart[a * nodes + b] === 1, open: Int32Array.from(open) };
}

/** 1 at `[a * nodes + b]` where a chain of edges leads from a to b. */
function comesBefore({ nodes, order, after }: Problem): Uint8Array {
  const before = new Uint8Array(nodes * nodes);
  for (const node of order.toReversed()) {
    for (const next of neighbours(after, node)) {
      before[node * nodes + next] = 1;
      for (let far = 0; far < nodes; far += 1) {
        if (before[next * nodes + far] === 1) before[node * nodes + far] = 1;
      }
    }
  }
  return before;
}

function isTooMuch({ demands, capacities }: Problem, a: number, b: number): boolean {
  return demands.some((column, resource) => {
    const [one, other] = [column[a] ?? 0, column[b] ?? 0];
    return one > 0 && other > 0 && one + other > (capacities[resource] ?? 0) + TOLERANCE;
  });
}

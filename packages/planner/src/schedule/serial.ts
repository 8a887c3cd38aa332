import { NodeHeap } from './heap.ts';
import { leastDemands, type Problem } from './problem.ts';
import { Profile } from './profile.ts';

/**
 * Serial schedule generation: node by node in order of rank (edges first), each as early as edges and pool allow. Every
 * schedule of this kind is active, and some rank gives an optimal one. O(n²) at worst.
 */
export function serialSchedule(problem: Problem, rank: ArrayLike<number>): Float64Array {
  const { nodes, durations, demands, after, before } = problem;
  const starts = new Float64Array(nodes);
  const ready = new Float64Array(nodes);
  const missing = Int32Array.from(
    { length: nodes },
    (_, node) => (before.start[node + 1] ?? 0) - (before.start[node] ?? 0),
  );
  const eligible = new NodeHeap(rank);
  for (let node = 0; node < nodes; node += 1) if (missing[node] === 0) eligible.push(node);
  const profile = new Profile(problem.capacities, leastDemands(problem));
  for (let node = eligible.pop(); node !== undefined; node = eligible.pop()) {
    const duration = durations[node] ?? 0;
    const from = ready[node] ?? 0;
    if (duration === 0) starts[node] = from;
    else {
      const demand = demands.map((column) => column[node] ?? 0);
      starts[node] = profile.earliest(demand, duration, from);
      profile.add(demand, starts[node] ?? 0, duration);
    }
    const end = (starts[node] ?? 0) + duration;
    for (let slot = after.start[node] ?? 0; slot < (after.start[node + 1] ?? 0); slot += 1) {
      const next = after.list[slot] ?? 0;
      ready[next] = Math.max(ready[next] ?? 0, end);
      missing[next] = (missing[next] ?? 0) - 1;
      if (missing[next] === 0) eligible.push(next);
    }
  }
  return starts;
}

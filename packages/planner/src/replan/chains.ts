import { type Problem, TOLERANCE } from '../schedule/problem.ts';

/** Who hands its units of the pool to whom. A node waits for all of its givers. */
export interface Chains {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

interface Holder {
  readonly node: number;
  left: number;
}

/**
 * Turns a schedule into an order that keeps to the pool whatever the durations become: each node takes its units from nodes
 * before it, those first that end first by the plan, and starts when they have ended. Nothing depends on real durations, so
 * whatever takes longer makes nothing earlier. Source: partial order schedules by chaining (Policella and others, 2004).
 *
 * @param running holds its units now
 * @param waiting in the order of the plan
 */
export function chainsOf(
  problem: Problem,
  plannedEnds: ArrayLike<number>,
  running: readonly number[],
  waiting: readonly number[],
): Chains {
  const from: number[] = [];
  const to: number[] = [];
  const byEnd = (a: Holder, b: Holder): number => (plannedEnds[a.node] ?? 0) - (plannedEnds[b.node] ?? 0);
  for (const [resource, column] of problem.demands.entries()) {
    let holders: Holder[] = running.map((node) => ({ node, left: column[node] ?? 0 })).sort(byEnd);
    let free = holders.reduce((units, { left }) => units - left, problem.capacities[resource] ?? 0);
    for (const node of waiting) {
      const wanted = (problem.durations[node] ?? 0) > 0 ? (column[node] ?? 0) : 0;
      if (wanted <= 0) continue;
      let missing = wanted - Math.max(0, Math.min(free, wanted));
      free -= wanted - missing;
      for (const giver of holders) {
        if (missing <= TOLERANCE) break;
        const given = Math.min(giver.left, missing);
        giver.left -= given;
        missing -= given;
        from.push(giver.node);
        to.push(node);
      }
      holders = [...holders.filter(({ left }) => left > TOLERANCE), { node, left: wanted }].sort(byEnd);
    }
  }
  return { from, to };
}

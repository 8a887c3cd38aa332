/** The first lists of a search: priority rules, exact for the first two, with more and more chance in them after that. */
import type { Analysis } from '../graph/analysis.ts';
import { parallelSchedule } from '../schedule/parallel.ts';
import type { Problem } from '../schedule/problem.ts';
import type { Chance } from './chance.ts';
import type { Instance } from './instance.ts';

/** How far chance moves a priority, as a share of the critical path: from the least to the least and the spread. */
const NOISE = { least: 0.1, spread: 0.5 };

/**
 * Share of the lists that are by a parallel schedule: where capacities are scarce those are far shorter, and a search does not
 * find them from serial ones. The rest is left serial because the shortest schedule of all need not be a parallel one.
 */
const PARALLEL = 0.8;

/** Where the first lists come from. */
export interface Sampled {
  readonly problem: Problem;
  readonly instance: Instance;
  readonly analysis: Analysis;
  readonly chance: Chance;
}

/** Writes list number `n` of a first population: predecessors first, the smallest key next. */
export function sampleList({ problem, instance, analysis, chance }: Sampled, n: number, into: Int32Array): void {
  const { nodes, durations, origin } = instance;
  const noise = n < 2 ? 0 : (NOISE.least + NOISE.spread * chance.next()) * analysis.criticalPathMs;
  // Latest start and latest finish, in turns: the best single rules of the literature.
  const keys = Float64Array.from({ length: nodes }, (_, node) => {
    const duration = n % 2 === 1 ? (durations[node] ?? 0) : 0;
    return duration - (analysis.tails[node] ?? 0) + noise * (chance.next() - 0.5);
  });
  if (chance.next() >= PARALLEL) return listByKeys(instance, keys, into);
  const rank = new Float64Array(nodes);
  for (const [at, node] of origin.entries()) rank[node] = keys[at] ?? 0;
  const starts = parallelSchedule(problem, rank);
  listByKeys(
    instance,
    Float64Array.from(origin, (node) => starts[node] ?? 0),
    into,
  );
}

/** The list in which the smallest key goes first among those whose predecessors are all in. */
export function listByKeys({ nodes, before, after }: Instance, keys: Float64Array, into: Int32Array): void {
  const missing = Int32Array.from({ length: nodes }, (_, n) => (before.start[n + 1] ?? 0) - (before.start[n] ?? 0));
  const eligible = [...missing.keys()].filter((node) => missing[node] === 0);
  for (let place = 0; place < nodes; place += 1) {
    const node = takeSmallest(eligible, keys);
    into[place] = node;
    for (let slot = after.start[node] ?? 0; slot < (after.start[node + 1] ?? 0); slot += 1) {
      const next = after.list[slot] ?? 0;
      missing[next] = (missing[next] ?? 0) - 1;
      if (missing[next] === 0) eligible.push(next);
    }
  }
}

function takeSmallest(eligible: number[], keys: Float64Array): number {
  let best = 0;
  for (let at = 1; at < eligible.length; at += 1) {
    if ((keys[eligible[at] ?? 0] ?? 0) < (keys[eligible[best] ?? 0] ?? 0)) best = at;
  }
  const node = eligible[best] ?? 0;
  eligible[best] = eligible.at(-1) ?? 0;
  eligible.pop();
  return node;
}

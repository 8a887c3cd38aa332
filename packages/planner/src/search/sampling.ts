/** The first lists of a search: priority rules, exact for the first two, with more and more chance in them after that. */
import type { Analysis } from '../graph/analysis.ts';
import type { Chance } from './chance.ts';
import type { Instance } from './instance.ts';

/** How far chance moves a priority, as a share of the critical path: from the least to the least and the spread. */
const NOISE = { least: 0.1, spread: 0.5 };

/** Writes list number `n` of a first population: predecessors first, the smallest key next. */
export function sampleList(instance: Instance, analysis: Analysis, chance: Chance, n: number, into: Int32Array): void {
  const { nodes, durations } = instance;
  const noise = n < 2 ? 0 : (NOISE.least + NOISE.spread * chance.next()) * analysis.criticalPathMs;
  // Latest start and latest finish, in turns: the best single rules of the literature.
  const keys = Float64Array.from({ length: nodes }, (_, node) => {
    const duration = n % 2 === 1 ? (durations[node] ?? 0) : 0;
    return duration - (analysis.tails[node] ?? 0) + noise * (chance.next() - 0.5);
  });
  listByKeys(instance, keys, into);
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

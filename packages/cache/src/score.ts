/**
 * How much an entry is worth keeping: the specification's `lru_with_priority_boosting` with its three factors. The
 * least recently used entries are the candidates; among them the one with the lowest score goes.
 */

/** What the score needs to know of an entry. */
export interface Worth {
  /** Look-ups it has answered. */
  readonly hits: number;
  /** What it took to make, in ms. */
  readonly costMs: number;
  /** Look-ups of the whole cache since it was stored. */
  readonly lookups: number;
  /** How often it was spared by an eviction since its last hit. */
  readonly spared: number;
}

export interface Weights {
  readonly accessFrequency: number;
  readonly computationCost: number;
  readonly hitRatio: number;
}

/**
 * A doubling of hits or of cost is worth one step each, so neither can drown the other. The ratio lies between 0 and 1
 * and weighs more, because an entry that answers a quarter of all look-ups is a pillar of the cache.
 */
export const DEFAULT_WEIGHTS: Weights = { accessFrequency: 1, computationCost: 1, hitRatio: 4 };

/** Higher is better. Each time the entry is spared without being used its score halves, so nothing stays for ever. */
export function scoreOf(worth: Worth, weights: Weights): number {
  const frequency = Math.log2(1 + worth.hits) * weights.accessFrequency;
  const cost = Math.log2(1 + worth.costMs) * weights.computationCost;
  const ratio = (worth.hits / Math.max(1, worth.lookups)) * weights.hitRatio;
  return (1 + frequency + cost + ratio) / 2 ** worth.spared;
}

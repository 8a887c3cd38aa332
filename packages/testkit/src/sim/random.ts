/** Chance from a seed: the same seed and name give the same numbers, whatever else draws from its siblings. */
import { fnv1a } from '@tutti/contracts';
import type { Random } from '@tutti/kernel';

export interface Seeded extends Random {
  /** A whole number in [0, n). */
  int(n: number): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  /** A source of its own, by name: what one part draws shifts nothing in another. */
  fork(name: string): Seeded;
}

/** Mulberry32: small, fast and good enough for faults; not for secrets. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seeded(seed: number, name = 'root'): Seeded {
  const next = mulberry32(fnv1a(`${seed}/${name}`));
  const int = (n: number): number => Math.floor(next() * n);
  return {
    next,
    int,
    between: (from, to) => from + next() * (to - from),
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error('Nothing to pick from');
      return list[int(list.length)] as T;
    },
    chance: (probability) => next() < probability,
    fork: (child) => seeded(seed, `${name}/${child}`),
  };
}

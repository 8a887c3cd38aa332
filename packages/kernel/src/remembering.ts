import { LRUCache } from 'lru-cache';

/**
 * The entries used last, at most so many. A size of 1 each instead of a count: a cache of a count takes, and clears, its whole
 * room at once.
 */
export const remembering = <V extends {}>(most: number): LRUCache<string, V> =>
  new LRUCache({ maxSize: most, sizeCalculation: () => 1 });

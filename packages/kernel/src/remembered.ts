/**
 * The answers that a host has given, by the id of the message: one that comes again gets the first answer. Bounded by count
 * and by size; what is forgotten is handled again, which every actor takes.
 */
import type { AnyMessage } from '@tutti/contracts';
import { LRUCache } from 'lru-cache';

/** Stands for an answer that is not given yet, or never will be. */
export const REPEATED = Symbol('in progress');

/** Characters of all answers together, as far as they are counted: some 64 MiB of memory at most. */
const MAX_SIZE = 32 * 1024 * 1024;
/** A larger answer is not remembered. What is that large is a piece of a context, and the context can be asked again. */
export const MAX_ANSWER = 64 * 1024;

type Answers = LRUCache<string, AnyMessage | typeof REPEATED>;
export type Remembered = Pick<Answers, 'get' | 'set' | 'delete' | 'size'>;

/** Bounded by size alone, of which each answer takes its share at least: a cache of a count takes its room when it is made. */
export function createRemembered(max: number): Remembered {
  const leastSize = Math.ceil(MAX_SIZE / max);
  return new LRUCache<string, AnyMessage | typeof REPEATED>({
    maxSize: leastSize * max,
    maxEntrySize: Math.max(leastSize, MAX_ANSWER),
    sizeCalculation: (answer) => (answer === REPEATED ? leastSize : sizeOf(answer, leastSize)),
  });
}

/** Above `MAX_ANSWER` it is more than any entry may take. */
function sizeOf(answer: AnyMessage, leastSize: number): number {
  const size = roughSize(answer, 0);
  return size > MAX_ANSWER ? Number.MAX_SAFE_INTEGER : Math.max(size, leastSize);
}

/** Characters and values in a message; counting ends where it is too large anyway. */
function roughSize(value: unknown, before: number): number {
  if (typeof value === 'string') return before + 1 + value.length;
  if (typeof value !== 'object' || value === null) return before + 1;
  let size = before + 1;
  for (const key in value) {
    size = roughSize((value as Record<string, unknown>)[key], size + key.length);
    if (size > MAX_ANSWER) break;
  }
  return size;
}

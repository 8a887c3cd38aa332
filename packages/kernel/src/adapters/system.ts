/** The real clock, randomness and ids. The only file of the kernel that touches the process's own. */
import { randomBytes } from 'node:crypto';
import type { Clock, Ids, Random } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, background = false) {
    // A timer beyond 24.8 days would fire at once; waking early is harmless since nobody takes a timer for a fact.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    if (background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (callback) => enqueue(callback),
};

/** Work for the end of the present turn, in order: one immediate drains all that gathered, so a busy loop stays fair. */
let queue: (() => void)[] = [];

function enqueue(callback: () => void): void {
  if (queue.length === 0) setImmediate(drain);
  queue.push(callback);
}

function drain(): void {
  const batch = queue;
  queue = [];
  for (const callback of batch) callback();
}

export const systemRandom: Random = { next: () => Math.random() };

const POOL_BYTES = 12 * 256;
let pool = Buffer.alloc(0);

/** 12 random bytes in base64url: 16 characters that fit a subject token. */
export const systemIds: Ids = {
  next() {
    if (pool.length < 12) pool = randomBytes(POOL_BYTES);
    const id = pool.toString('base64url', 0, 12);
    pool = pool.subarray(12);
    return id;
  },
};

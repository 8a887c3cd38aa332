/** The real clock, randomness and ids. The only file of the kernel that touches the process's own. */
import { randomBytes } from 'node:crypto';
import type { Clock, Ids, Random, TimerHandle } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, background = false) {
    if (delayMs > LONGEST_MS) return inParts(delayMs, callback, background);
    const timer = setTimeout(callback, delayMs);
    if (background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (callback) => enqueue(callback),
};

/** The longest that one timer of the process can wait; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

function inParts(delayMs: number, callback: () => void, background: boolean): TimerHandle {
  const rest = (): TimerHandle => systemClock.after(delayMs - LONGEST_MS, callback, background);
  let part = systemClock.after(
    LONGEST_MS,
    () => {
      part = rest();
    },
    background,
  );
  return { cancel: () => part.cancel() };
}

/** Callbacks between two turns of the event loop: some milliseconds of work, then timers and sockets have theirs. */
const YIELD_AFTER = 1_000;

let queue: (() => void)[] = [];
let isScheduled = false;
let sinceYield = 0;

/** Runs in order once the present work is done: in this turn of the event loop, until that has lasted long enough. */
function enqueue(callback: () => void): void {
  queue.push(callback);
  if (!isScheduled) schedule();
}

function schedule(): void {
  isScheduled = true;
  if (sinceYield < YIELD_AFTER) return queueMicrotask(drain);
  setImmediate(() => {
    sinceYield = 0;
    drain();
  });
}

function drain(): void {
  const batch = queue;
  queue = [];
  let done = 0;
  try {
    for (const callback of batch) {
      done += 1;
      callback();
    }
  } finally {
    // What a callback throws goes to the process, and costs no other its turn.
    if (done < batch.length) queue = [...batch.slice(done), ...queue];
    sinceYield += done;
    isScheduled = false;
    if (queue.length > 0) schedule();
  }
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

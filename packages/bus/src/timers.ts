/**
 * Time as this room needs it. Everything that waits takes `Timers`, so that a virtual clock can drive it; the system's
 * own are named here and nowhere else.
 */
export interface Timers {
  /** Calls back once after `ms`; the result is only good for `clearTimeout`. */
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemTimers: Timers = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Wall clock in ms since 1970, for what is stored with a time. */
export const systemNow = (): number => Date.now();

/** Resolves after `ms`. */
export function wait(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.setTimeout(resolve, ms);
  });
}

/** The promise's own end, or `late` after `ms`; no timer is left behind. */
export async function within<T>(timers: Timers, ms: number, promise: Promise<T>): Promise<T | 'late'> {
  let handle: unknown;
  const late = new Promise<'late'>((resolve) => {
    handle = timers.setTimeout(() => resolve('late'), ms);
  });
  return Promise.race([promise, late]).finally(() => timers.clearTimeout(handle));
}

/** Milliseconds that only grow, for deadlines. */
export const systemMonotonic = (): number => performance.now();

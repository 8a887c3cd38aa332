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

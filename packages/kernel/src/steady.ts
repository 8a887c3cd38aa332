/**
 * The time of an actor without a log: the wall clock's when it begins, from then on the steady one's.
 *
 * Nothing of such an actor outlives its process, so its times need not be those of other processes; but its spans must be
 * true. By the wall clock, set forward by ten seconds, all leases of a pool would have run out.
 */
import type { Clock } from './ports.ts';

/** `isOurs`: whether the actor may still act; its timers are silent when it may not. */
export function steadyFrom(clock: Clock, isOurs: () => boolean): Clock {
  const aheadMs = clock.now() - clock.monotonic();
  return {
    now: () => Math.round(clock.monotonic() + aheadMs),
    monotonic: () => clock.monotonic(),
    after: (delayMs, callback, background) =>
      clock.after(delayMs, () => (isOurs() ? callback() : undefined), background),
    soon: (callback) => clock.soon(callback),
  };
}

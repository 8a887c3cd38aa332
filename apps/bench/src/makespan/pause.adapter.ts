import { setTimeout as sleep } from 'node:timers/promises';

/** How much later than told Node's timers call back, at most, on a machine with nothing else to do, ms. */
const LATE_MS = 1;

/**
 * Waits for as long as it is told, to some µs, or ends early when the attempt is not wanted any more. A timer alone ends up to
 * a millisecond early or late, which is as much as a step may cost here; so the last of it goes by in turns of the event loop.
 *
 * The turns leave next to nothing for the garbage collector: an agent that waits for a model leaves it nothing, and what
 * it has to clear away here would be measured as the engine's.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + ms;
  if (ms > LATE_MS) await sleep(ms - LATE_MS, undefined, { signal });
  await turnsUntil(endMs, signal);
}

function turnsUntil(endMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (performance.now() >= endMs) resolve();
      else setImmediate(look);
    };
    look();
  });
}

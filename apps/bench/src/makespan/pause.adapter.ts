import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** How late Node's timers are, at most, on a machine with nothing else to do, ms. */
const LATE_MS = 2;

/**
 * Waits for as long as it is told, to some µs, or ends early when the attempt is not wanted any more. A timer alone ends one to
 * two ms late, which is more than a step may cost here; so the last of it goes by in turns of the event loop.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + ms;
  if (ms > LATE_MS) await sleep(ms - LATE_MS, undefined, { signal });
  while (performance.now() < endMs) await turn(undefined, { signal });
}

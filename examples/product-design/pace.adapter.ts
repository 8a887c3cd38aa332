/**
 * The only timer of this example. Its agents are done in milliseconds; a run that is over before one can look at it
 * shows nothing, so they pause, as an agent that asks a model would wait.
 */
import { setTimeout as pauseFor } from 'node:timers/promises';

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds <= 0) return;
  try {
    await pauseFor(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or ends early when the attempt is not wanted any more. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal });

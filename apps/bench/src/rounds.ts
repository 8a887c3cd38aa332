/** Drives one side of a comparison: so many runs, so many at once. */
import { nowMs } from './time.adapter.ts';

/** Starts one run and resolves when it has ended well. */
export type RunOnce = () => Promise<unknown>;

export interface Measured {
  readonly latenciesMs: number[];
  totalMs: number;
}

export const emptyMeasure = (): Measured => ({ latenciesMs: [], totalMs: 0 });

/** Adds `runs` runs, `concurrency` of them in flight, to what was measured. */
export async function round(into: Measured, run: RunOnce, runs: number, concurrency: number): Promise<void> {
  let left = runs;
  const startedAt = nowMs();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const at = nowMs();
      await run();
      into.latenciesMs.push(nowMs() - at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, runs) }, worker));
  into.totalMs += nowMs() - startedAt;
}

/** The clock and the two streams of the bench's own process. */
import { performance } from 'node:perf_hooks';

/** Ms from an arbitrary start; never goes back. */
export const nowMs = (): number => performance.now();

export const printLine = (line: string): void => void process.stdout.write(`${line}\n`);

/** The lines that `makespan` prints. Times are ms. */
import { z } from 'zod';
import { median, rounded } from '../arithmetic.ts';

/** Architecture, section 7: the real makespan over the planned one, agents of 50 ms and more. */
export const MAKESPAN_BAR = 1.03;

export const makespanRow = z.strictObject({
  bench: z.literal('makespan'),
  over: z.enum(['nats', 'memory']),
  workflow: z.string(),
  steps: z.number().int().positive(),
  shortestStepMs: z.number().positive(),
  runs: z.number().int().positive(),
  plannedMs: z.number().positive(),
  lowerBoundMs: z.number().positive(),
  /** From a run's beginning until its last step and group are over, as its end says and `tutti run` tells. */
  makespanMs: z.strictObject({ median: z.number().positive(), worst: z.number().positive() }),
  /** That ÷ planned, of the median run. */
  ratio: z.number().positive(),
  /** From the call of submit to the event that the run has ended, as the client sees both, ÷ planned, of the median run. */
  seenRatio: z.number().positive(),
  /**
   * What the waits of the critical path take one after another without Tutti, ÷ what they should; measured in turns with the runs.
   * In one process: how exactly the agents keep their time. Over NATS with a bare request and a synced append for each.
   */
  bareRatio: z.number().positive(),
  /** Measured ÷ planned, over the same of the bare waits: what Tutti adds to what the machine can do. */
  overBare: z.number().positive(),
  /** What a step of the critical path costs beside its agent, if all of the difference is there. */
  overheadPerStepMs: z.number(),
  targets: z.record(z.string(), z.boolean()),
});
export type MakespanRow = z.infer<typeof makespanRow>;

export interface MeasuredMakespan {
  readonly over: MakespanRow['over'];
  readonly workflow: string;
  readonly steps: number;
  readonly shortestStepMs: number;
  readonly plannedMs: number;
  readonly lowerBoundMs: number;
  /** Steps of one longest chain. */
  readonly chain: number;
  /** The length of that chain. */
  readonly chainMs: number;
  readonly makespansMs: readonly number[];
  readonly seenMs: readonly number[];
  readonly bareMs: readonly number[];
}

const fourDigits = (value: number): number => Math.round(value * 10_000) / 10_000;

export function makespanRowOf({
  makespansMs,
  seenMs,
  bareMs,
  chain,
  chainMs,
  plannedMs,
  ...rest
}: MeasuredMakespan): MakespanRow {
  const measured = median(makespansMs);
  const ratio = measured / plannedMs;
  const bareRatio = median(bareMs) / chainMs;
  return {
    bench: 'makespan',
    ...rest,
    plannedMs,
    runs: makespansMs.length,
    makespanMs: { median: rounded(measured), worst: rounded(Math.max(...makespansMs)) },
    ratio: fourDigits(ratio),
    seenRatio: fourDigits(median(seenMs) / plannedMs),
    bareRatio: fourDigits(bareRatio),
    overBare: fourDigits(ratio / bareRatio),
    overheadPerStepMs: rounded((measured - plannedMs) / Math.max(1, chain)),
    targets: { [`ratio <= ${MAKESPAN_BAR}`]: ratio <= MAKESPAN_BAR },
  };
}

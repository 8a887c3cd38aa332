/** The one line that `seed-dag` prints. Times are ms; a ratio is Tutti's figure ÷ the bare one's. */
import { z } from 'zod';
import { median, percentile, perSecond, rounded } from '../arithmetic.ts';
import type { Measured } from '../rounds.ts';
import { STEPS } from './definition.ts';

const figures = z.strictObject({
  runs: z.number().int().positive(),
  medianMs: z.number().positive(),
  p99Ms: z.number().positive(),
  runsPerSecond: z.number().positive(),
  stepsPerSecond: z.number().positive(),
});

const side = z.strictObject({ oneAtATime: figures, concurrent: figures });

/** Of two sides: the median of the one ÷ that of the other, one at a time; runs a second ÷ runs a second, many at once. */
const sideRatios = z.strictObject({ latency: z.number().positive(), throughput: z.number().positive() });

export const seedDagReport = z.strictObject({
  bench: z.literal('seed-dag'),
  over: z.enum(['nats', 'memory']),
  durable: z.boolean(),
  where: z.string(),
  server: z.string().optional(),
  node: z.string(),
  concurrency: z.number().int().positive(),
  instancesPerRole: z.number().int().positive(),
  warmUpRuns: z.number().int().positive(),
  pool: z.string(),
  tutti: side,
  bare: side.optional(),
  /** `null` where there is nothing to compare with. */
  ratios: sideRatios.nullable(),
  /** Bare requests with an append for the run and one for each step. */
  recorded: side.optional(),
  /** The same over the bare one: what no durable engine comes below here. */
  recordedRatios: sideRatios.optional(),
  /** Tutti over it. */
  overRecorded: sideRatios.optional(),
  targets: z.record(z.string(), z.boolean()),
});
export type SeedDagReport = z.infer<typeof seedDagReport>;
export type Side = z.infer<typeof side>;

export interface MeasuredSide {
  readonly oneAtATime: Measured;
  readonly concurrent: Measured;
}

function figuresOf({ latenciesMs, totalMs }: Measured): z.infer<typeof figures> {
  const runsPerSecond = perSecond(latenciesMs.length, totalMs);
  return {
    runs: latenciesMs.length,
    medianMs: rounded(median(latenciesMs)),
    p99Ms: rounded(percentile(latenciesMs, 0.99)),
    runsPerSecond: rounded(runsPerSecond),
    stepsPerSecond: rounded(runsPerSecond * STEPS),
  };
}

export const sideOf = (measured: MeasuredSide): Side => ({
  oneAtATime: figuresOf(measured.oneAtATime),
  concurrent: figuresOf(measured.concurrent),
});

export const ratiosOf = (tutti: Side, bare: Side): z.infer<typeof sideRatios> => ({
  latency: rounded(tutti.oneAtATime.medianMs / bare.oneAtATime.medianMs),
  throughput: rounded(tutti.concurrent.runsPerSecond / bare.concurrent.runsPerSecond),
});

/** The bars and, beside them, the architecture's budgets (§7). */
export function targetsOf(tutti: Side, ratios: SeedDagReport['ratios']): Record<string, boolean> {
  if (ratios !== null)
    return {
      'latency ratio <= 4': ratios.latency <= 4,
      'throughput ratio >= 0.25': ratios.throughput >= 0.25,
      'budget: latency ratio <= 2': ratios.latency <= 2,
      'budget: throughput ratio >= 0.6': ratios.throughput >= 0.6,
    };
  return {
    'runs/s >= 1000': tutti.concurrent.runsPerSecond >= 1_000,
    'budget: runs/s >= 2000': tutti.concurrent.runsPerSecond >= 2_000,
    'budget: median <= 1 ms': tutti.oneAtATime.medianMs <= 1,
  };
}

/** What a process measured, as it publishes it: JSON on `{prefix}.metrics.{process}`. The names are those of `docs/metrics.md`. */
import { z } from 'zod';

const num = z.number();

/** One instrument with one combination of labels, since the start of the process. */
export const processSeries = z.object({
  name: z.string(),
  kind: z.enum(['counter', 'gauge', 'histogram']),
  unit: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Counter and histogram: the sum. Gauge: the last value. */
  value: num,
  /** Of a histogram: measurements, the largest, and upper bounds of what half and 99 of 100 of them did not exceed. */
  count: num.optional(),
  max: num.optional(),
  p50: num.optional(),
  p99: num.optional(),
});
export type ProcessSeries = z.infer<typeof processSeries>;

export const processMetrics = z.object({
  v: z.literal(1),
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  process: z.string(),
  /** Between two publications, ms. */
  everyMs: num,
  series: z.array(processSeries),
  /** Series beyond those; absent: none. */
  omitted: num.optional(),
});
export type ProcessMetrics = z.infer<typeof processMetrics>;

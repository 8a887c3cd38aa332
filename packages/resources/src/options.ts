/** Options of the resource manager, each with its reason. Times are ms. */
import { DEFAULT_MONITORING, DEFAULT_POOL, monitoringSpec, poolSpec } from '@tutti/contracts';
import { z } from 'zod';

export const resourcesOptions = z.strictObject({
  /** The specification's pool: 100 CPU units × 1.2, 100 memory units, 3 agents at once. */
  pool: poolSpec.default(DEFAULT_POOL),
  /** Life of a lease whose holder says nothing. Holders sync every third of it, so two syncs may be lost. */
  leaseMs: z.number().int().positive().default(10_000),
  /** How long work goes on that no supervisor hears of: a lease that ran out is free only after that (docs/adr/0016). */
  aloneMs: z.number().int().nonnegative().default(0),
  /** A successor grants nothing until the holders have said what they hold, at the latest when all leases are free. */
  startClosed: z.boolean().default(true),
  /** A request gains one point of priority for each of these: 5 becomes 10 in 50 s, so nobody waits for ever. */
  agingMs: z.number().int().positive().default(10_000),
  /** Once the first in line has waited this long, nobody smaller may pass it any more. */
  reserveAfterMs: z.number().int().positive().default(5_000),
  /** What is sampled, how often, and from where on it is told: by default the numbers of the specification. */
  monitoring: monitoringSpec.default(DEFAULT_MONITORING),
  /** Leases and requests at once; beyond it `overloaded`. */
  maxEntries: z.number().int().positive().default(100_000),
});
export type ResourcesOptions = z.infer<typeof resourcesOptions>;
export type ResourcesOptionsInput = z.input<typeof resourcesOptions>;

/** Which seeds are run: a bounded set, split over files so that the two workers share them. */
import { it } from 'vitest';
import { checkSeed } from './check-seed.ts';

/** Files among which the seeds are dealt. */
const FILES = 2;
const DEFAULT_SEEDS = 100;

/** `TUTTI_SIM_SEEDS=n` runs seeds 1 to n, `TUTTI_SIM_SEED=n` that one alone. */
function seedsOf(file: number): readonly number[] {
  const only = process.env['TUTTI_SIM_SEED'];
  if (only !== undefined) return file === 0 ? [Number(only)] : [];
  const count = Number(process.env['TUTTI_SIM_SEEDS'] ?? DEFAULT_SEEDS);
  return Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed % FILES === file);
}

/** A test for each ten seeds: a failure names its seed, and the report stays short. */
const SEEDS_A_TEST = 10;
const TEST_TIMEOUT_MS = 120_000;

export function runSeeds(file: number): void {
  const seeds = seedsOf(file);
  for (let i = 0; i < seeds.length; i += SEEDS_A_TEST) {
    const some = seeds.slice(i, i + SEEDS_A_TEST);
    it(
      `every promise holds in a cluster with faults of seeds ${some.join(' ')}`,
      async () => {
        for (const seed of some) await checkSeed({ seed });
      },
      TEST_TIMEOUT_MS,
    );
  }
  if (seeds.length === 0) it.skip('one seed is replayed, by the other file', () => undefined);
}

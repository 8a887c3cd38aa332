/**
 * Which seeds are run: a hundred that never change, and twenty that nobody has run before, from the real chance of the process
 * that begins the tests. All of them stand in the names of the tests, so that a failure can be repeated.
 */
import { randomInt } from 'node:crypto';
import { it } from 'vitest';
import { checkSeed } from './check-seed.ts';

const FIXED_SEEDS = 100;
const FRESH_SEEDS = 20;
/** Fresh seeds are drawn from here: far above the fixed ones, few enough digits to type. */
const FRESH_FROM = 1_000_000;
const FRESH_TO = 1_000_000_000;

/** Every n-th of the fixed seeds; files share them, so that the workers do. `TUTTI_SIM_SEEDS=n` runs 1 to n. */
export function fixedSeeds(file: number, files: number): readonly number[] {
  const count = Number(process.env['TUTTI_SIM_SEEDS'] ?? FIXED_SEEDS);
  return Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed % files === file);
}

/** `TUTTI_SIM_SEED=n` runs that one instead. */
export function freshSeeds(): readonly number[] {
  const only = process.env['TUTTI_SIM_SEED'];
  if (only !== undefined) return [Number(only)];
  return Array.from({ length: FRESH_SEEDS }, () => randomInt(FRESH_FROM, FRESH_TO));
}

/** A test for each ten seeds: a failure names its seed, and the report stays short. */
const SEEDS_A_TEST = 10;
const TEST_TIMEOUT_MS = 120_000;

export function runSeeds(seeds: readonly number[]): void {
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
}

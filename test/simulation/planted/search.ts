/** Looks for planted bugs: for each the first seed that breaks a promise with the bug in it and none without. */
import { type Cuts, type Simulation, type SimulationOptions, simulate } from '@tutti/testkit/simulation';
import { violations } from '../check-seed.ts';
import { checkerOf } from '../shrink.ts';
import { type Bug, plant } from './bugs.ts';

export interface Found {
  readonly bug: string;
  /** Absent: none of those that were asked for. */
  readonly seed?: number;
  /** Those that found it. */
  readonly checkers: readonly string[];
  /** Seeds that were run. */
  readonly tried: number;
  /** What the first of them said. */
  readonly says?: string;
}

/** A run with a bug awake in the engine; it sleeps again afterwards. */
export async function simulatePlanted(name: string | undefined, options: SimulationOptions): Promise<Simulation> {
  plant(name);
  try {
    return await simulate(options);
  } finally {
    plant(undefined);
  }
}

export async function search({ name }: Bug, seeds: Iterable<number>, cuts: Cuts = []): Promise<Found> {
  let tried = 0;
  for (const seed of seeds) {
    tried += 1;
    const wrong = await violations(await simulatePlanted(name, { seed, cuts }));
    // What breaks without the bug too was not found because of it.
    if (wrong.length === 0 || (await violations(await simulate({ seed, cuts }))).length > 0) continue;
    const checkers = [...new Set(wrong.map(checkerOf))];
    return { bug: name, seed, checkers, tried, says: wrong[0] ?? '' };
  }
  return { bug: name, checkers: [], tried };
}

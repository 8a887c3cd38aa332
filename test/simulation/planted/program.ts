/** `npm run sim -- --planted [NAME]`: which seed finds which planted bug, and which checker. */
import type { Cuts } from '@tutti/testkit/simulation';
import { shareOf, spread } from '../shares.ts';
import { shrink, smallest } from '../shrink.ts';
import { BUGS, type Bug } from './bugs.ts';
import { type Found, search, simulatePlanted } from './search.ts';

/** Instead of names: every bug; every bug, by the seed that is known to find it. */
export const ALL = 'all';
export const KNOWN = 'known';

export interface PlantedOptions {
  readonly file: string;
  /** One name, several with commas between them, or one of the words above. */
  readonly name: string;
  readonly seeds: readonly number[];
  readonly share: string | undefined;
  readonly cuts: Cuts;
  /** Whether what was found is made small. */
  readonly shrinks: boolean;
  readonly say: (line: string) => void;
}

/** Node's options and environment with which the bugs stand in the sources. */
export const PLANTING = {
  nodeArgs: ['--import', new URL('./register.js', import.meta.url).href],
  env: { TUTTI_PLANTED: JSON.stringify(BUGS.map(({ name, file, from, to }) => ({ name, file, from, to }))) },
} as const;

/** The exit code: 0 when every bug that was asked for was found, 2 when there is none of that name. */
export async function searchPlanted(options: PlantedOptions): Promise<number> {
  const { file, name, seeds, share, cuts, shrinks, say } = options;
  const names = name.split(',');
  const bugs = BUGS.filter((bug) =>
    name === KNOWN ? bug.seed !== undefined : name === ALL || names.includes(bug.name),
  );
  if (bugs.length === 0) {
    say(`There is no planted bug "${name}"; there are: ${BUGS.map((bug) => bug.name).join(', ')}`);
    return 2;
  }
  if (share === undefined) {
    const [first = 1] = seeds;
    const which = ['--planted', name, '--from', `${first}`, '--seeds', `${seeds.length}`];
    const args = [...which, ...(shrinks ? ['--shrink'] : []), ...(cuts.length > 0 ? ['--cut', cuts.join()] : [])];
    const failed = await spread({ file, args, ...PLANTING }, bugs.length);
    say(failed === 0 ? `Every bug was found (${bugs.length})` : 'Not every bug was found');
    return failed === 0 ? 0 : 1;
  }
  let missed = 0;
  for (const bug of shareOf(bugs, share)) {
    const found = await search(bug, seedsFor(bug, name, seeds), cuts);
    say(lineOf(found));
    if (found.seed === undefined) missed += 1;
    else if (shrinks) say(await smallestOf(bug, found.seed, cuts));
  }
  return missed === 0 ? 0 : 1;
}

const seedsFor = (bug: Bug, name: string, seeds: readonly number[]): readonly number[] =>
  name === KNOWN && bug.seed !== undefined ? [bug.seed] : seeds;

async function smallestOf({ name }: Bug, seed: number, cuts: Cuts): Promise<string> {
  const shrunk = await shrink({ seed, cuts }, (options) => simulatePlanted(name, options));
  return shrunk === undefined ? 'It did not fail again' : smallest(shrunk, ` --planted ${name}`);
}

const lineOf = ({ bug, seed, checkers, tried, says }: Found): string =>
  seed === undefined
    ? `${bug}: not found by ${tried} seeds`
    : `${bug}: found by seed ${seed} (${checkers.join(', ')}): ${says}`;

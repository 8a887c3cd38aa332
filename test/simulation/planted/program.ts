/** `npm run sim -- --planted [NAME]`: which seed finds which planted bug, and which checker. */
import { fileURLToPath } from 'node:url';
import { shareOf, spread } from '../shares.ts';
import { BUGS, type Bug } from './bugs.ts';
import { type Found, search } from './search.ts';

/** Instead of names: every bug; every bug, by the seed that is known to find it. */
export const ALL = 'all';
export const KNOWN = 'known';

export interface PlantedOptions {
  readonly file: string;
  /** One name, several with commas between them, or one of the words above. */
  readonly name: string;
  readonly seeds: readonly number[];
  readonly share: string | undefined;
  readonly say: (line: string) => void;
}

/** Node's options and environment with which the bugs stand in the sources. */
export const PLANTING = {
  nodeArgs: ['--import', new URL('./register.js', import.meta.url).href],
  env: { TUTTI_PLANTED: JSON.stringify(BUGS.map(({ name, file, from, to }) => ({ name, file, from, to }))) },
} as const;

export const REGISTER = fileURLToPath(new URL('./register.js', import.meta.url));

/** The exit code: 0 when every bug that was asked for was found, 2 when there is none of that name. */
export async function searchPlanted(options: PlantedOptions): Promise<number> {
  const { file, name, seeds, share, say } = options;
  const names = name.split(',');
  const bugs = BUGS.filter((bug) => name === ALL || name === KNOWN || names.includes(bug.name));
  if (bugs.length === 0) {
    say(`There is no planted bug "${name}"; there are: ${BUGS.map((bug) => bug.name).join(', ')}`);
    return 2;
  }
  if (share === undefined) {
    const [first = 1] = seeds;
    const args = ['--planted', name, '--from', `${first}`, '--seeds', `${seeds.length}`];
    const failed = await spread({ file, args, ...PLANTING }, bugs.length);
    say(failed === 0 ? `Every bug was found (${bugs.length})` : 'Not every bug was found');
    return failed === 0 ? 0 : 1;
  }
  let missed = 0;
  for (const bug of shareOf(bugs, share)) {
    const found = await search(bug, seedsFor(bug, name, seeds));
    say(lineOf(found));
    if (found.seed === undefined) missed += 1;
  }
  return missed === 0 ? 0 : 1;
}

const seedsFor = (bug: Bug, name: string, seeds: readonly number[]): readonly number[] =>
  name === KNOWN ? [bug.seed] : seeds;

const lineOf = ({ bug, seed, checkers, tried, says }: Found): string =>
  seed === undefined
    ? `${bug}: not found by ${tried} seeds`
    : `${bug}: found by seed ${seed} (${checkers.join(', ')}): ${says}`;

/**
 * Makes a failure small: of what a seed does as much is left out as may be while the same checker still finds fault. Greedy:
 * one thing after another, the large ones first, until nothing more can go.
 */
import { type Cuts, faultsIn, type Simulation, type SimulationOptions, simulate } from '@tutti/testkit/simulation';
import { violations } from './check-seed.ts';

/** Simulations that one shrinking may take: half a minute or so. */
const MAX_TRIES = 80;

export interface Shrunk {
  readonly cuts: Cuts;
  readonly checker: string;
  /** What the checker says of the smallest. */
  readonly wrong: readonly string[];
  readonly simulation: Simulation;
  readonly tries: number;
}

export const checkerOf = (line: string): string => line.slice(0, line.indexOf(':'));

/** @returns undefined when nothing is wrong with the seed. */
export async function shrink(options: SimulationOptions, run = simulate): Promise<Shrunk | undefined> {
  const simulation = await run(options);
  const wrong = await violations(simulation);
  const [first] = wrong;
  if (first === undefined) return undefined;
  const search = new Shrinking(options, checkerOf(first), run);
  return search.from({ cuts: options.cuts ?? [], checker: checkerOf(first), wrong, simulation, tries: 0 });
}

class Shrinking {
  readonly #options: SimulationOptions;
  readonly #checker: string;
  readonly #run: typeof simulate;
  readonly #tried = new Set<string>();
  #tries = 0;

  constructor(options: SimulationOptions, checker: string, run: typeof simulate) {
    this.#options = options;
    this.#checker = checker;
    this.#run = run;
  }

  async from(start: Shrunk): Promise<Shrunk> {
    let best = start;
    for (let smaller: Shrunk | undefined = start; smaller !== undefined; smaller = await this.#smaller(best))
      best = smaller;
    return { ...best, tries: this.#tries };
  }

  /** The first that is smaller and still fails. */
  async #smaller(best: Shrunk): Promise<Shrunk | undefined> {
    for (const more of candidates(best.simulation, best.cuts)) {
      const cuts = [...best.cuts.filter((word) => !isReplaced(word, more)), ...more];
      const name = [...cuts].sort().join();
      if (this.#tried.has(name)) continue;
      if (this.#tries >= MAX_TRIES) return undefined;
      this.#tried.add(name);
      this.#tries += 1;
      const simulation = await this.#run({ ...this.#options, cuts });
      const wrong = await violations(simulation, [this.#checker]);
      if (wrong.length > 0) return { cuts, checker: this.#checker, wrong, simulation, tries: this.#tries };
    }
    return undefined;
  }
}

/** A shorter storm takes the place of a longer one. */
const isReplaced = (word: string, more: Cuts): boolean =>
  word.startsWith('storm:') && more.some((other) => other.startsWith('storm:'));

/** Shortest storm that is worth trying, ms. */
const MIN_STORM_MS = 1_000;

/** What may be left out next, the large things first: each a set of cuts that belong together. */
export function candidates({ runs, rates, stormMs }: Simulation, cuts: Cuts): readonly Cuts[] {
  const faults = faultsIn(rates);
  const indexOf = (run: string): string => run.slice(1, run.indexOf('-'));
  const others = runs.length < 2 ? [] : runs.map(({ run }) => [`run:${indexOf(run)}`]);
  const steps = runs.flatMap(({ run, definition }) =>
    (definition?.steps.length ?? 0) < 2
      ? []
      : (definition?.steps ?? []).map(({ id }) => [`step:${indexOf(run)}/${id}`]),
  );
  const storm = stormMs / 2 >= MIN_STORM_MS && faults.length > 0 ? [[`storm:${Math.round(stormMs / 2)}`]] : [];
  const fixed = ['mischief', 'checkpoints', 'nodes', 'agents'].map((word) => [word]);
  const all = [
    ...(faults.length > 1 ? [faults] : []),
    ...others,
    ...storm,
    ...faults.map((word) => [word]),
    ...fixed,
    ...steps,
  ];
  return all.filter((some) => !some.every((word) => cuts.includes(word)));
}

/** For people: what is left, what is wrong with it, and how to see it again. */
export function smallest({ cuts, checker, wrong, simulation, tries }: Shrunk, more = ''): string {
  const { seed, rates, runs, stormMs } = simulation;
  const kept = runs.map(({ run, definition }) => `${run} (${definition?.steps.map(({ id }) => id).join(' ')})`);
  return [
    `Smallest that still fails, after ${tries} tries: ${checker}`,
    `  runs: ${kept.join(', ')}`,
    `  faults: ${faultsIn(rates).join(' ') || 'none'}, for ${stormMs} ms`,
    ...wrong.slice(0, 2).map((line) => `  ${line}`),
    `Again: npm run sim -- --seed ${seed}${more}${cuts.length > 0 ? ` --cut ${cuts.join(',')}` : ''}`,
  ].join('\n');
}

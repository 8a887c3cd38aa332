/**
 * A search for a short schedule: a genetic algorithm with two populations, one scheduled forwards and one backwards
 * (Debels and Vanhoucke, 2007). The children of one direction are scheduled in the other one, by the order in which their
 * parents ended; so each schedule is at once a child and the justification of what it came from.
 */
import { analyse } from '../graph/analysis.ts';
import { makespanOf, type Problem, type Schedule } from '../schedule/problem.ts';
import { Chance } from './chance.ts';
import { Generator } from './generator.ts';
import { type Instance, instanceOf } from './instance.ts';
import { listByKeys, type Sampled, sampleList } from './sampling.ts';
import { type Parent, Variation } from './variation.ts';

export interface SearchLimits {
  /** The same seed gives the same schedule, unless `mayGoOn` ends the search. */
  readonly seed: number;
  /** For how many schedules the populations are sized; without `mayGoOn` this many are made. */
  readonly schedules: number;
  /** Asked before each schedule: false ends the search, and nothing else does but the lower bound. For budgets of time. */
  readonly mayGoOn?: () => boolean;
}

/** How often a child takes the place of the worst of its population instead of its father's. */
const REPLACES_WORST = 0.15;
/** Parents: size of a population as a share of the square root of the schedules, by nodes. */
const SIZE = { least: 12, nodes: 60, fewest: 0.5, most: 1 };

interface Individual extends Parent {
  makespan: number;
}

/** Improves a schedule; the given one when nothing shorter was found, or when the problem cannot be packed. */
export function search(problem: Problem, given: Schedule, lowerBound: number, limits: SearchLimits): Schedule {
  const instance = given.makespan <= lowerBound ? undefined : instanceOf(problem);
  if (instance === undefined || instance.nodes < 3) return given;
  const found = new Search(problem, instance, lowerBound, limits).run(given);
  if (found === undefined) return given;
  const starts = new Float64Array(problem.nodes);
  for (const [at, node] of instance.origin.entries()) starts[node] = found[at] ?? 0;
  return { starts, makespan: makespanOf(problem, starts), rule: 'search' };
}

class Search {
  readonly #instance: Instance;
  readonly #sampled: Sampled;
  readonly #lowerBound: number;
  readonly #limits: SearchLimits;
  readonly #chance: Chance;
  readonly #forward: Generator;
  readonly #backward: Generator;
  readonly #variation: Variation;
  readonly #child: Int32Array;
  readonly #size: number;
  #left: number;
  #makespan = 0;
  #starts: Float64Array | undefined;

  constructor(problem: Problem, instance: Instance, lowerBound: number, limits: SearchLimits) {
    const { nodes, durations } = instance;
    this.#instance = instance;
    const analysis = analyse({ ...instance, order: Int32Array.from({ length: nodes }, (_, node) => node) });
    const { heads, tails } = analysis;
    this.#lowerBound = lowerBound;
    this.#limits = limits;
    this.#chance = new Chance(limits.seed);
    this.#sampled = { problem, instance, analysis, chance: this.#chance };
    this.#forward = new Generator(
      instance,
      true,
      tails.map((tail, node) => tail - (durations[node] ?? 0)),
    );
    this.#backward = new Generator(instance, false, heads);
    this.#variation = new Variation(workOf(problem, instance), this.#chance, limits.schedules);
    this.#child = new Int32Array(nodes);
    this.#left = limits.mayGoOn === undefined ? limits.schedules : Number.POSITIVE_INFINITY;
    const share = Math.min(SIZE.most, Math.max(SIZE.fewest, SIZE.nodes / nodes));
    this.#size = Math.max(SIZE.least, Math.round(share * Math.sqrt(limits.schedules)));
  }

  /** Starts of the best schedule, by number; undefined when none is shorter than the given one. */
  run(given: Schedule): Float64Array | undefined {
    this.#makespan = given.makespan;
    const forwards = this.#first(given);
    const backwards = this.#blank();
    while (this.#mayGoOn()) {
      this.#generation(forwards, backwards, this.#backward);
      this.#generation(backwards, forwards, this.#forward);
    }
    return this.#starts;
  }

  #mayGoOn(): boolean {
    if (this.#makespan <= this.#lowerBound || this.#left <= 0) return false;
    // Whoever says no once is not asked again.
    if (this.#limits.mayGoOn?.() === false) this.#left = 0;
    return this.#left > 0;
  }

  #blank(): Individual[] {
    const { nodes } = this.#instance;
    return Array.from({ length: this.#size }, () => ({
      list: new Int32Array(nodes).fill(-1),
      ends: new Float64Array(nodes),
      makespan: Number.POSITIVE_INFINITY,
    }));
  }

  /** The first population: the given schedule, then lists by rules. At least two, whatever the limits say. */
  #first({ starts }: Schedule): Individual[] {
    const { nodes, origin } = this.#instance;
    const made: Individual[] = [];
    for (const [n, one] of this.#blank().entries()) {
      if (n > 1 && !this.#mayGoOn()) break;
      if (n === 0)
        listByKeys(
          this.#instance,
          Float64Array.from(origin, (node) => starts[node] ?? 0),
          this.#child,
        );
      else sampleList(this.#sampled, n - 1, this.#child);
      one.makespan = this.#schedule(this.#child, this.#forward, Number.POSITIVE_INFINITY);
      this.#forward.listForReturn(this.#child, one.list, one.ends);
      made.push(one);
    }
    return nodes === 0 ? [] : made;
  }

  #schedule(list: Int32Array, by: Generator, limit: number): number {
    this.#left -= 1;
    const makespan = by.run(list, limit);
    if (makespan >= this.#makespan) return makespan;
    const { durations } = this.#instance;
    this.#makespan = makespan;
    this.#starts = by.finish.map((end, node) => (by === this.#forward ? end - (durations[node] ?? 0) : makespan - end));
    return makespan;
  }

  /** Each parent has one child, which is scheduled in the other direction and stays there if it is no worse. */
  #generation(parents: readonly Individual[], children: readonly Individual[], by: Generator): void {
    const { before, after } = this.#instance;
    const [earlier, later] = by === this.#forward ? [before, after] : [after, before];
    for (const [n, father] of parents.entries()) {
      if (father.makespan === Number.POSITIVE_INFINITY) continue;
      if (!this.#mayGoOn()) return;
      this.#variation.beget(father, this.#mother(parents, n), this.#child, earlier, later);
      const place = this.#chance.next() < REPLACES_WORST ? worstOf(children) : children[n];
      if (place === undefined) return;
      const makespan = this.#schedule(this.#child, by, place.makespan);
      if (makespan > place.makespan) continue;
      place.makespan = makespan;
      by.listForReturn(this.#child, place.list, place.ends);
    }
  }

  /** The shorter of two by chance; the father himself where nobody has been born yet. */
  #mother(parents: readonly Individual[], father: number): Individual {
    const pick = (): Individual => {
      const n = this.#chance.below(parents.length - 1);
      return parents[n < father ? n : n + 1] as Individual;
    };
    const [one, other] = [pick(), pick()];
    const better = other.makespan < one.makespan ? other : one;
    return better.makespan === Number.POSITIVE_INFINITY ? (parents[father] as Individual) : better;
  }
}

function worstOf(individuals: readonly Individual[]): Individual | undefined {
  let worst = individuals[0];
  for (const one of individuals) if (one.makespan > (worst?.makespan ?? 0)) worst = one;
  return worst;
}

/** By number: the shares of all capacities that a node takes, times its duration. */
function workOf({ demands, capacities, durations }: Problem, { origin }: Instance): Float64Array {
  const shareOf = (node: number): number =>
    demands.reduce((sum, column, r) => sum + (column[node] ?? 0) / (capacities[r] || 1), 0);
  return Float64Array.from(origin, (node) => shareOf(node) * (durations[node] ?? 0));
}

/** How lists beget lists. Whatever goes in with predecessors before successors comes out so. */
import type { Adjacency } from '../graph/graph.ts';
import type { Chance } from './chance.ts';

/** Share of the nodes that a child takes from its father as they stand. */
const INHERITED = { least: 0.25, spread: 0.5 };
/** The busiest of so many parts is the one that a child takes. More leave too little to chance. */
const PARTS_TRIED = 2;
/** Share of the places at which neighbours in a list change places. */
const SWAPPED = 0.04;
/**
 * A child that differs from its father in fewer places than this share brings nothing new: a part of it is dealt anew. A short
 * search asks less: it had better come near to something good than look elsewhere.
 */
const TOO_ALIKE = { short: 0.2, long: 0.4 };
/** Schedules of a search up to which it is short. */
const SHORT = 5_000;
/** Share of the nodes that are dealt anew. */
const DEALT = 0.1;

/** What a child is made of. */
export interface Parent {
  /** In the order in which the child's direction is to take it: whatever ended last comes first. */
  readonly list: Int32Array;
  /** When each of the list ended. */
  readonly ends: Float64Array;
}

const HEAD = 0;
const MIDDLE = 1;
const TAIL = 2;
const OUTSIDE = -1;

export class Variation {
  readonly #nodes: number;
  readonly #chance: Chance;
  readonly #part: Uint8Array;
  readonly #missing: Int32Array;
  readonly #work: Float64Array;
  /** Work of the first nodes of a list, by their number. */
  readonly #sums: Float64Array;
  /** Places. */
  readonly #tooAlike: number;

  /**
   * @param work by node, what it takes of all capacities: shares times its duration
   * @param schedules of the whole search
   */
  constructor(work: Float64Array, chance: Chance, schedules: number) {
    const nodes = work.length;
    this.#nodes = nodes;
    this.#chance = chance;
    this.#work = work;
    this.#sums = new Float64Array(nodes + 1);
    this.#tooAlike = nodes * (schedules > SHORT ? TOO_ALIKE.long : TOO_ALIKE.short);
    this.#part = new Uint8Array(nodes);
    this.#missing = new Int32Array(nodes);
  }

  /** A child of two lists of one direction. `earlier` and `later` are the neighbours in that direction. */
  beget(father: Parent, mother: Parent, child: Int32Array, earlier: Adjacency, later: Adjacency): void {
    this.#cross(father, mother.list, child);
    let different = 0;
    for (let place = 0; place < this.#nodes; place += 1) if (child[place] !== father.list[place]) different += 1;
    if (different < this.#tooAlike) this.#deal(child, earlier, later);
    this.#swap(child, later);
  }

  /**
   * Two-point crossover: a busy middle part as it stands in the father, what he has before and after it in the mother's order.
   * Source: Hartmann (1998); with lists by time of ending it is the crossover of Debels and Vanhoucke (2007), and to keep
   * what uses the capacities well is the idea of the peak crossover of Valls, Ballestín and Quintanilla (2008).
   */
  #cross({ list: father, ends }: Parent, mother: Int32Array, child: Int32Array): void {
    const nodes = this.#nodes;
    const length = Math.floor(nodes * (INHERITED.least + INHERITED.spread * this.#chance.next()));
    const first = this.#busiest(father, ends, length);
    const part = this.#part.fill(HEAD);
    for (let place = first; place < nodes; place += 1) {
      const isMiddle = place < first + length;
      part[father[place] as number] = isMiddle ? MIDDLE : TAIL;
      if (isMiddle) child[place] = father[place] as number;
    }
    let head = 0;
    let tail = first + length;
    for (let place = 0; place < nodes; place += 1) {
      const node = mother[place] as number;
      if (part[node] === HEAD) child[head++] = node;
      else if (part[node] === TAIL) child[tail++] = node;
    }
  }

  /** Where a part of this length begins: of some by chance the one with the most work in its time. */
  #busiest(list: Int32Array, ends: Float64Array, length: number): number {
    const sums = this.#sums;
    for (let place = 0; place < this.#nodes; place += 1)
      sums[place + 1] = (sums[place] as number) + (this.#work[list[place] as number] as number);
    let [best, most] = [0, -1];
    for (let n = 0; n < PARTS_TRIED; n += 1) {
      const first = this.#chance.below(this.#nodes - length + 1);
      const lasts = (ends[first] as number) - (ends[first + length - 1] as number);
      const density = ((sums[first + length] as number) - (sums[first] as number)) / Math.max(lasts, Number.EPSILON);
      if (density > most) [best, most] = [first, density];
    }
    return best;
  }

  /** Puts some nodes that stand together into an order by chance. */
  #deal(list: Int32Array, earlier: Adjacency, later: Adjacency): void {
    const length = Math.min(this.#nodes, Math.max(4, Math.floor(this.#nodes * DEALT)));
    const first = this.#chance.below(this.#nodes - length + 1);
    const missing = this.#missing.fill(OUTSIDE);
    for (let place = first; place < first + length; place += 1) missing[list[place] as number] = 0;
    const free: number[] = [];
    for (let place = first; place < first + length; place += 1) {
      const node = list[place] as number;
      missing[node] = countInside(earlier, node, missing);
      if (missing[node] === 0) free.push(node);
    }
    for (let place = first; place < first + length; place += 1) {
      const pick = this.#chance.below(free.length);
      const node = free[pick] as number;
      free[pick] = free[free.length - 1] as number;
      free.pop();
      list[place] = node;
      missing[node] = OUTSIDE;
      for (let slot = later.start[node] as number; slot < (later.start[node + 1] as number); slot += 1) {
        const next = later.list[slot] as number;
        if (missing[next] === OUTSIDE) continue;
        missing[next] = (missing[next] as number) - 1;
        if (missing[next] === 0) free.push(next);
      }
    }
  }

  #swap(list: Int32Array, later: Adjacency): void {
    for (let left = Math.round(this.#nodes * SWAPPED); left > 0; left -= 1) {
      const place = this.#chance.below(this.#nodes - 1);
      const node = list[place] as number;
      const next = list[place + 1] as number;
      if (isLinked(later, node, next)) continue;
      list[place] = next;
      list[place + 1] = node;
    }
  }
}

/** How many neighbours of the node are in the part that is dealt. */
function countInside({ start, list }: Adjacency, node: number, missing: Int32Array): number {
  let count = 0;
  for (let slot = start[node] as number; slot < (start[node + 1] as number); slot += 1) {
    if (missing[list[slot] as number] !== OUTSIDE) count += 1;
  }
  return count;
}

function isLinked({ start, list }: Adjacency, node: number, other: number): boolean {
  for (let slot = start[node] as number; slot < (start[node + 1] as number); slot += 1)
    if (list[slot] === other) return true;
  return false;
}

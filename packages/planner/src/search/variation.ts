/** How lists beget lists. Whatever goes in with predecessors before successors comes out so. */
import type { Adjacency } from '../graph/graph.ts';
import type { Chance } from './chance.ts';

/** Share of the nodes that a child takes from its father as they stand. */
const INHERITED = { least: 0.25, spread: 0.5 };
/** How often neighbours in a list change places. */
const SWAP = 0.07;
/** A child that differs from its father in fewer places than this share brings nothing new: a part of it is dealt anew. */
const TOO_ALIKE = 0.4;
/** Share of the nodes that are dealt anew. */
const DEALT = 0.1;

const [HEAD, MIDDLE, TAIL] = [0, 1, 2];

export class Variation {
  readonly #nodes: number;
  readonly #chance: Chance;
  readonly #part: Uint8Array;

  constructor(nodes: number, chance: Chance) {
    this.#nodes = nodes;
    this.#chance = chance;
    this.#part = new Uint8Array(nodes);
  }

  /** A child of two lists of one direction. `earlier` and `later` are the neighbours in that direction. */
  beget(father: Int32Array, mother: Int32Array, child: Int32Array, earlier: Adjacency, later: Adjacency): void {
    this.#cross(father, mother, child);
    let different = 0;
    for (let place = 0; place < this.#nodes; place += 1) if (child[place] !== father[place]) different += 1;
    if (different < TOO_ALIKE * this.#nodes) this.#deal(child, earlier);
    this.#swap(child, later);
  }

  /**
   * Two-point crossover: a middle part as it stands in the father, what he has before and after it in the mother's order.
   * Source: Hartmann (1998); with lists by time of ending it is the crossover of Debels and Vanhoucke (2007).
   */
  #cross(father: Int32Array, mother: Int32Array, child: Int32Array): void {
    const nodes = this.#nodes;
    const length = Math.floor(nodes * (INHERITED.least + INHERITED.spread * this.#chance.next()));
    const first = this.#chance.below(nodes - length + 1);
    const part = this.#part.fill(HEAD ?? 0);
    for (let place = first; place < nodes; place += 1) {
      const isMiddle = place < first + length;
      part[father[place] as number] = (isMiddle ? MIDDLE : TAIL) as number;
      if (isMiddle) child[place] = father[place] as number;
    }
    let [head, tail] = [0, first + length];
    for (let place = 0; place < nodes; place += 1) {
      const node = mother[place] as number;
      if (part[node] === HEAD) child[head++] = node;
      else if (part[node] === TAIL) child[tail++] = node;
    }
  }

  /** Puts some nodes that stand together into an order by chance. */
  #deal(list: Int32Array, earlier: Adjacency): void {
    const length = Math.min(this.#nodes, Math.max(4, Math.floor(this.#nodes * DEALT)));
    const first = this.#chance.below(this.#nodes - length + 1);
    const left = [...list.subarray(first, first + length)];
    for (let place = first; place < first + length; place += 1) {
      const free = left.filter((node) => !left.some((other) => isLinked(earlier, node, other)));
      const node = free[this.#chance.below(free.length)] ?? 0;
      left.splice(left.indexOf(node), 1);
      list[place] = node;
    }
  }

  #swap(list: Int32Array, later: Adjacency): void {
    for (let place = 0; place + 1 < this.#nodes; place += 1) {
      if (this.#chance.next() >= SWAP) continue;
      const [node, next] = [list[place] as number, list[place + 1] as number];
      if (isLinked(later, node, next)) continue;
      list[place] = next;
      list[place + 1] = node;
    }
  }
}

function isLinked({ start, list }: Adjacency, node: number, other: number): boolean {
  for (let slot = start[node] as number; slot < (start[node + 1] as number); slot += 1)
    if (list[slot] === other) return true;
  return false;
}

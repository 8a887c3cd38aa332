import { NodeHeap } from './heap.ts';

/**
 * What is ready, in order of rank: the best `size` nodes in a sorted list that is looked through again and again, the rest
 * in a heap. Looking at the list costs a comparison a node; a heap alone would be emptied and filled at each moment.
 */
export class ReadyWindow {
  readonly #rank: ArrayLike<number>;
  readonly #size: number;
  readonly #rest: NodeHeap;
  #best: number[] = [];

  constructor(rank: ArrayLike<number>, size: number) {
    this.#rank = rank;
    this.#size = size;
    this.#rest = new NodeHeap(rank);
  }

  push(node: number): void {
    const best = this.#best;
    const last = best.at(-1);
    if (best.length >= this.#size && last !== undefined && this.#isBefore(last, node)) return this.#rest.push(node);
    best.splice(this.#placeOf(node), 0, node);
    if (best.length > this.#size) this.#rest.push(best.pop() ?? node);
  }

  /**
   * Goes through the best nodes in order; those that `take` accepts leave, and others move up and are looked at too. Ends
   * early once `mayMore`, asked at first and after each that left, says that none can be taken.
   */
  sweep(take: (node: number) => boolean, mayMore: () => boolean): void {
    const best = this.#best;
    let kept = 0;
    let at = 0;
    let goesOn = mayMore();
    for (; goesOn; at += 1) {
      if (at >= best.length && !this.#moveUp(kept)) break;
      const node = best[at] ?? 0;
      if (take(node)) goesOn = mayMore();
      else best[kept++] = node;
    }
    best.copyWithin(kept, at);
    best.length = kept + Math.max(0, best.length - at);
  }

  /** The best of the rest joins the list, while fewer than `size` were looked at in vain. */
  #moveUp(kept: number): boolean {
    const next = kept < this.#size ? this.#rest.pop() : undefined;
    if (next === undefined) return false;
    this.#best.push(next);
    return true;
  }

  #placeOf(node: number): number {
    let low = 0;
    let high = this.#best.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isBefore(this.#best[middle] ?? 0, node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#rank[a] ?? 0) - (this.#rank[b] ?? 0);
    return difference < 0 || (difference === 0 && a < b);
  }
}

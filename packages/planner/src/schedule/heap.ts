/** A binary heap of node numbers, smallest rank first; equal ranks go by number, so that the order is always the same. */
export class NodeHeap {
  readonly #rank: ArrayLike<number>;
  readonly #items: number[] = [];

  constructor(rank: ArrayLike<number>) {
    this.#rank = rank;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): number | undefined {
    return this.#items[0];
  }

  push(node: number): void {
    const items = this.#items;
    let at = items.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] ?? 0;
      if (!this.#isBefore(node, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = node;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && this.#isBefore(items[child + 1] ?? 0, items[child] ?? 0)) child += 1;
      const below = items[child] ?? 0;
      if (!this.#isBefore(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#rank[a] ?? 0) - (this.#rank[b] ?? 0);
    return difference < 0 || (difference === 0 && a < b);
  }
}

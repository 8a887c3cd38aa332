/**
 * What was looked up lately: at most twice so many entries, the newer half and the older one, which goes as a whole. A look-up
 * costs one look into a map: what counts each use to drop the least used one costs several times that, and is meant for what
 * is dear to find again.
 */
export class BoundedMap<K, V extends {}> {
  readonly #half: number;
  #newer = new Map<K, V>();
  #older = new Map<K, V>();

  /** @param half entries after which the older ones go */
  constructor(half: number) {
    this.#half = half;
  }

  get(key: K): V | undefined {
    const known = this.#newer.get(key);
    if (known !== undefined) return known;
    const old = this.#older.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }

  clear(): void {
    if (this.#newer.size > 0) this.#newer.clear();
    if (this.#older.size > 0) this.#older.clear();
  }
}

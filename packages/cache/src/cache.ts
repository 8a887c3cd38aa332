/**
 * A bounded cache: lru-cache keeps the order and the bytes, this file decides who goes.
 *
 * Invariants, held by `cache.test.ts`:
 *  1. The bytes held never exceed `maxBytes`, whatever is stored.
 *  2. An entry past its time to live is never answered.
 *  3. Only one of the `candidates` least recently used entries is evicted; the most recently used is never among them
 *     while another one is left.
 */
import { LRUCache } from 'lru-cache';
import { DEFAULT_WEIGHTS, scoreOf, type Weights } from './score.ts';
import { jsonBytes } from './size.ts';

/** Counted for each entry beside its key and value: what the cache itself needs for it. It bounds their number too. */
export const ENTRY_OVERHEAD_BYTES = 128;

/** Candidates of an eviction when nobody says otherwise: enough to have a choice, few enough to cost nothing. */
export const DEFAULT_CANDIDATES = 16;

/** How long an entry lives: milliseconds, or as long as the cache itself (specification: `session_lifetime`). */
export type TimeToLive = number | 'session_lifetime';

export interface CacheOptions<V> {
  /** For statistics. */
  readonly name: string;
  readonly maxBytes: number;
  readonly ttlMs: TimeToLive;
  /** Milliseconds from any start; must not go back. */
  readonly now: () => number;
  /** Bytes of a value; by default of its JSON text. */
  readonly sizeOf?: (value: V) => number;
  readonly candidates?: number;
  readonly weights?: Weights;
}

export interface StoreOptions {
  /** What it took to make the value, in ms; 0 when not given. */
  readonly costMs?: number;
  readonly ttlMs?: TimeToLive;
}

export interface CacheStats {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  /** Dropped to make room. */
  readonly evictions: number;
  /** Dropped because their time was over. */
  readonly expirations: number;
  /** Not stored because they are larger than the whole cache. */
  readonly refused: number;
  readonly entries: number;
  readonly bytes: number;
}

export interface Cache<V> {
  /** The value, or undefined; counts as a look-up. */
  get(key: string): V | undefined;
  /** Whether a live entry is there; counts as nothing. */
  has(key: string): boolean;
  /** False when the value is larger than the whole cache; it is then not stored and an older one is dropped. */
  set(key: string, value: V, options?: StoreOptions): boolean;
  /** The value, made by `make` when it is not there. Callers of one key at one time share one making; its time is its cost. */
  load(key: string, make: () => Promise<V>): Promise<V>;
  delete(key: string): boolean;
  /** Ends the session: drops everything, keeps the counts. */
  clear(): void;
  stats(): CacheStats;
}

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  readonly costMs: number;
  readonly expiresAt: number;
  /** Look-ups of the cache before it was stored. */
  readonly lookupsBefore: number;
  hits: number;
  spared: number;
}

type Counts = { hits: number; misses: number; evictions: number; expirations: number; refused: number };

export function createCache<V>(options: CacheOptions<V>): Cache<V> {
  return new BoundedCache(options);
}

class BoundedCache<V> implements Cache<V> {
  readonly #options: CacheOptions<V>;
  readonly #entries: LRUCache<string, Entry<V>>;
  readonly #making = new Map<string, Promise<V>>();
  readonly #counts: Counts = { hits: 0, misses: 0, evictions: 0, expirations: 0, refused: 0 };

  constructor(options: CacheOptions<V>) {
    this.#options = options;
    this.#entries = new LRUCache({ maxSize: options.maxBytes, sizeCalculation: (entry) => entry.bytes });
  }

  get(key: string): V | undefined {
    const entry = this.#live(key);
    if (entry === undefined) {
      this.#counts.misses++;
      return undefined;
    }
    this.#counts.hits++;
    entry.hits++;
    entry.spared = 0;
    this.#entries.get(key);
    return entry.value;
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  set(key: string, value: V, { costMs = 0, ttlMs = this.#options.ttlMs }: StoreOptions = {}): boolean {
    const bytes = ENTRY_OVERHEAD_BYTES + Buffer.byteLength(key) + this.#sizeOf(value);
    this.#entries.delete(key);
    if (bytes > this.#options.maxBytes) {
      this.#counts.refused++;
      return false;
    }
    this.#makeRoom(bytes);
    const expiresAt = ttlMs === 'session_lifetime' ? Number.POSITIVE_INFINITY : this.#options.now() + ttlMs;
    this.#entries.set(key, { value, bytes, costMs, expiresAt, lookupsBefore: this.#lookups(), hits: 0, spared: 0 });
    return true;
  }

  async load(key: string, make: () => Promise<V>): Promise<V> {
    const held = this.#live(key);
    if (held !== undefined) return this.get(key) as V;
    this.#counts.misses++;
    const underway = this.#making.get(key);
    if (underway !== undefined) return underway;
    const made = this.#make(key, make);
    this.#making.set(key, made);
    return made;
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  stats(): CacheStats {
    const { size, calculatedSize } = this.#entries;
    return { name: this.#options.name, ...this.#counts, entries: size, bytes: calculatedSize };
  }

  async #make(key: string, make: () => Promise<V>): Promise<V> {
    const startedAt = this.#options.now();
    try {
      const value = await make();
      this.set(key, value, { costMs: this.#options.now() - startedAt });
      return value;
    } finally {
      this.#making.delete(key);
    }
  }

  #sizeOf(value: V): number {
    return this.#options.sizeOf?.(value) ?? jsonBytes(value as never);
  }

  #lookups(): number {
    return this.#counts.hits + this.#counts.misses;
  }

  #live(key: string): Entry<V> | undefined {
    const entry = this.#entries.peek(key);
    if (entry === undefined || entry.expiresAt > this.#options.now()) return entry;
    this.#expire(key);
    return undefined;
  }

  #expire(key: string): void {
    this.#entries.delete(key);
    this.#counts.expirations++;
  }

  #makeRoom(bytes: number): void {
    while (this.#entries.calculatedSize + bytes > this.#options.maxBytes) this.#evictOne();
  }

  /** Drops the candidate with the lowest score, or one whose time is over; older ones that it spares lose half their score. */
  #evictOne(): void {
    const now = this.#options.now();
    const lookups = this.#lookups();
    const passed: Entry<V>[] = [];
    let victim: { key: string; entry: Entry<V>; score: number; older: number } | undefined;
    for (const [key, entry] of this.#candidates()) {
      if (entry.expiresAt <= now) return this.#expire(key);
      const worth = { ...entry, lookups: lookups - entry.lookupsBefore };
      const score = scoreOf(worth, this.#options.weights ?? DEFAULT_WEIGHTS);
      if (victim === undefined || score < victim.score) victim = { key, entry, score, older: passed.length };
      passed.push(entry);
    }
    if (victim === undefined) return;
    for (const entry of passed.slice(0, victim.older)) entry.spared++;
    this.#entries.delete(victim.key);
    this.#counts.evictions++;
  }

  /** The least recently used entries, oldest first; the newest is spared while there is any other. */
  *#candidates(): Generator<[string, Entry<V>]> {
    const most = Math.max(1, Math.min(this.#options.candidates ?? DEFAULT_CANDIDATES, this.#entries.size - 1));
    let count = 0;
    for (const pair of this.#entries.rentries()) {
      yield pair as [string, Entry<V>];
      if (++count >= most) return;
    }
  }
}

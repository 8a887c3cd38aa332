/**
 * Virtual time: one queue of events ordered by (time, a tie-break from the seed, order of entry).
 *
 * Time steps on only when everything that the last event set off is done. A turn is one event, then: the callbacks of
 * `soon` in order, then one pass, which runs every promise and microtask to its end – nothing here waits for a socket, a
 * file or a real timer – and so on until a pass leaves no callback behind. Ticks come after all microtasks, so a tick is
 * enough of a pass; a real one through the event loop (`setImmediate`) costs a seventh of the simulation's time.
 */
import type { Seeded } from './random.ts';

/** Virtual start, ms since 1970: a fixed day, so that stamps are the same in each run. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

export interface Scheduled {
  cancel(): void;
}

interface Entry {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const before = (a: Entry, b: Entry): boolean =>
  a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;

/**
 * Passes from one through the event loop itself to the next. Only then Node looks for promises that failed and that nobody took care
 * of, and whoever runs the simulation hears and prints.
 */
const REAL_EACH = 16;

export class VirtualTime {
  readonly #ties: Seeded;
  readonly #heap: Entry[] = [];
  #soon: (() => void)[] = [];
  #order = 0;
  /** Ms since the start. */
  #at = 0;
  #events = 0;
  #passes = 0;

  constructor(ties: Seeded) {
    this.#ties = ties;
  }

  /** Ms since the start, with fractions. */
  get elapsed(): number {
    return this.#at;
  }

  /** Events run so far. */
  get events(): number {
    return this.#events;
  }

  /** Wall clock, whole ms since 1970. */
  now(): number {
    return EPOCH_MS + Math.floor(this.#at);
  }

  after(delayMs: number, run: () => void): Scheduled {
    const entry: Entry = {
      at: this.#at + Math.max(0, delayMs),
      tie: this.#ties.next(),
      order: this.#order++,
      run,
    };
    this.#push(entry);
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Runs events until the condition holds (looked at between turns) or the time is over; says whether it held. */
  async runUntil(holds: () => boolean, untilMs: number): Promise<boolean> {
    await this.#settle();
    while (!holds()) {
      const next = this.#pop(untilMs);
      if (next === undefined) {
        this.#at = Math.max(this.#at, untilMs);
        return holds();
      }
      this.#at = Math.max(this.#at, next.at);
      this.#events += 1;
      next.run?.();
      await this.#settle();
    }
    return true;
  }

  async #settle(): Promise<void> {
    do {
      const batch = this.#soon;
      this.#soon = [];
      for (const run of batch) run();
      await this.#pass();
    } while (this.#soon.length > 0);
  }

  #pass(): Promise<void> {
    this.#passes += 1;
    const isReal = this.#passes % REAL_EACH === 0;
    return new Promise((resolve) => void (isReal ? setImmediate(resolve) : process.nextTick(resolve)));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!before(entry, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  /** The next entry that was not cancelled, if it is due by then. */
  #pop(untilMs: number): Entry | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.run !== undefined && top.at > untilMs) return undefined;
      this.#removeTop();
      if (top.run !== undefined) return top;
    }
    return undefined;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!before(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}

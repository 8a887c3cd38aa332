/** The steps of a run that ran and ended, in the order of their ends: what ended before another one is found without a look at all. */
import { begunMs, type StepRow } from './step-row.ts';

/** One of them, with its place among the rows: of two that ended at once the first one there is the later. */
interface Entry {
  readonly row: StepRow;
  readonly place: number;
  readonly beginsMs: number;
  readonly endsMs: number;
}

export class Ended {
  readonly #entries = new Map<string, Entry>();
  readonly #byEnd: readonly Entry[];
  /** Those that took some time. */
  readonly #lasting: readonly Entry[];

  constructor(rows: readonly StepRow[]) {
    for (const [place, row] of rows.entries()) {
      const [beginsMs, endsMs] = [begunMs(row), row.endedMs];
      if (beginsMs !== undefined && endsMs !== undefined) this.#entries.set(row.id, { row, place, beginsMs, endsMs });
    }
    this.#byEnd = [...this.#entries.values()].sort(byEnd);
    this.#lasting = this.#byEnd.filter(({ beginsMs, endsMs }) => beginsMs < endsMs);
  }

  get last(): StepRow | undefined {
    return this.#byEnd.at(-1)?.row;
  }

  /** The one that ended last of those that ended before a step, and by `atMs`. */
  lastBefore(row: StepRow, atMs: number): StepRow | undefined {
    const { startedMs, readyMs = 0 } = row;
    if (startedMs === undefined) return lastUpTo(this.#byEnd, Math.min(atMs, readyMs), row)?.row;
    if (atMs < startedMs) return lastUpTo(this.#byEnd, atMs, row)?.row;
    // Of those that ended as it began: that it had waited for them is known by name, or because they had begun before.
    const named = this.#named(row).filter(({ endsMs }) => endsMs === startedMs);
    const lasting = lastUpTo(this.#lasting, startedMs, row);
    const earlier = lastUpTo(this.#byEnd, startedMs, row, startedMs);
    return lastOf([...named, lasting, earlier])?.row;
  }

  /** The steps that it comes after, by their names, of those that ended before it, and by `atMs`. */
  namedBefore(row: StepRow, atMs: number): readonly StepRow[] {
    const { startedMs = row.readyMs ?? 0 } = row;
    const untilMs = Math.min(atMs, startedMs);
    return this.#named(row)
      .filter(({ endsMs }) => endsMs <= untilMs)
      .map((entry) => entry.row);
  }

  latest(rows: readonly StepRow[]): StepRow | undefined {
    return lastOf(rows.map(({ id }) => this.#entries.get(id)))?.row;
  }

  #named({ id, after }: StepRow): readonly Entry[] {
    const named = new Set(after);
    named.delete(id);
    return [...named].map((each) => this.#entries.get(each)).filter((entry) => entry !== undefined);
  }
}

const byEnd = (a: Entry, b: Entry): number => a.endsMs - b.endsMs || b.place - a.place;

function lastOf(entries: readonly (Entry | undefined)[]): Entry | undefined {
  return entries.reduce((last, entry) => {
    if (last === undefined || entry === undefined) return last ?? entry;
    return byEnd(entry, last) > 0 ? entry : last;
  }, undefined);
}

/** The last in their order that ended by `atMs`, and before `beforeMs`, and is not the row itself. */
function lastUpTo(sorted: readonly Entry[], atMs: number, not: StepRow, beforeMs = Infinity): Entry | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { endsMs } = sorted[middle] as Entry;
    if (endsMs <= atMs && endsMs < beforeMs) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low - 1];
  return found?.row.id === not.id ? sorted[low - 2] : found;
}

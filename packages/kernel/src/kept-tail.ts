/**
 * The last records of a journal as this process read and appended them. A broker that does not sync at each write may lose, with its
 * power, records that it acknowledged; their living owner still has them and appends them again. What is lost beyond that is
 * told as `log_truncated`: nobody may go on as if it had never been.
 */
import type { Bus, LogRecord } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import type { Tail } from './journal.ts';
import { parseRecord } from './stored.ts';

/** Records and bytes that are kept of one journal. */
export const MAX_KEPT = 16;
export const MAX_KEPT_BYTES = 256 * 1024;

interface Kept {
  readonly id: string;
  readonly n: number;
  readonly data: Uint8Array;
}

export class KeptTail {
  readonly #bus: Pick<Bus, 'logs'>;
  readonly #key: string;
  readonly #kept: Kept[] = [];
  #bytes = 0;

  constructor(bus: Pick<Bus, 'logs'>, key: string) {
    this.#bus = bus;
    this.#key = key;
  }

  /** What the log ends with when it is taken over: the broker may lose that, too. */
  begin(records: readonly Kept[]): void {
    if (this.#kept.length > 0) return;
    for (const record of records.slice(-MAX_KEPT)) this.add(record);
  }

  add(record: Kept): void {
    this.#kept.push(record);
    this.#bytes += record.data.length;
    while (this.#kept.length > MAX_KEPT || (this.#bytes > MAX_KEPT_BYTES && this.#kept.length > 1)) {
      this.#bytes -= this.#kept.shift()?.data.length ?? 0;
    }
  }

  /**
   * The log ends otherwise than with `tail`: appends again what is missing; the sequence of its last record then. Rejects with
   * `fenced`, given, when somebody else has appended, and with `log_truncated`.
   */
  async restore(tail: Tail, fenced: unknown): Promise<number> {
    const last = await this.#bus.logs.last(this.#key);
    const missing = this.#after(last, tail, fenced);
    let seq = last?.seq ?? 0;
    for (const { data, id } of missing) seq = await this.#bus.logs.append(this.#key, data, { expect: seq, id });
    return seq;
  }

  #after(last: LogRecord | undefined, tail: Tail, fenced: unknown): readonly Kept[] {
    if (last?.id === tail.id) return [];
    const from = last === undefined ? this.#kept.findIndex(({ n }) => n === 1) : this.#indexAfter(last.id);
    if (from !== -1) return this.#kept.slice(from);
    const { n, epoch } = last === undefined ? { n: 0, epoch: 0 } : parseRecord(this.#key, last.data);
    // Whoever took over goes on from what there was: what is lost is told by nobody else, but the run is not ours to stop.
    if (n > tail.n || epoch > tail.epoch) throw fenced;
    const lost = `The journal ${this.#key} ends with record ${n}; ${tail.n} had been acknowledged`;
    throw new TuttiError('log_truncated', lost, {
      details: { key: this.#key, n, acknowledged: tail.n },
      cause: fenced,
    });
  }

  #indexAfter(id: string): number {
    const at = this.#kept.findIndex((kept) => kept.id === id);
    return at === -1 ? -1 : at + 1;
  }
}

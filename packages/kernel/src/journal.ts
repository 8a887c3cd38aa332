/**
 * The journal of one durable actor: records in, records out, compare-and-append in between.
 *
 * A record is one or more whole transitions. It names the record before it, so that a cut or foreign tail shows. A new
 * owner's first record is `acquired`: from then on every append of the old owner fails. One append is in flight at a
 * time; what gathers meanwhile rides in the next. What a checkpoint covers may have gone from the log (see `checkpoint.ts`).
 */
import { type Body, type Bus, encode, maxInlineBytes, rawBytes } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import type { Checkpoint, FrozenActor } from './checkpoint.ts';
import { assertChain, checkpointsIn, isStored, recordsOf, storedBase } from './covered.ts';
import { KeptTail } from './kept-tail.ts';
import { MAX_RECORD_BYTES, outline, whole } from './large-record.ts';
import { purgeJournal } from './purge.ts';
import { CHECKPOINT_VERSION, type Draft, JOURNAL_VERSION, type JournalRecord } from './record.ts';
import { storeSegments, storeState } from './segments.ts';
import { parseRecord } from './stored.ts';
import { tagged } from './tagged.ts';

export { type Draft, JOURNAL_VERSION, type JournalEvent, type JournalRecord } from './record.ts';
export { parseRecord } from './stored.ts';

/** What a writer must know to append. */
export interface Tail {
  readonly seq: number;
  readonly id: string;
  readonly n: number;
  readonly epoch: number;
}

export const EMPTY_TAIL: Tail = { seq: 0, id: '', n: 0, epoch: 0 };

export interface Journal {
  readonly key: string;
  /** Number of records in the log after which the actor is told to end: the room behind it is for its end. */
  readonly reserveFrom: number;
  /**
   * Appends after `tail`; gives the new tail, later or at once. Rejects (or throws) `fenced` when somebody else appended,
   * `log_full` when there is no room, `body_too_large` when it can only be appended in parts.
   */
  append(tail: Tail, draft: Draft): Promise<Tail> | Tail;
  /**
   * Looks whether the log still ends with `tail`, and appends again what the broker lost of it; the tail as it is then. Rejects
   * as `append` does, and with `log_truncated` when more was lost than this process still has.
   */
  check?(tail: Tail): Promise<Tail>;
  /**
   * All records in order; or, where `accepts` takes the last checkpoint, its state and the records after it. Rejects with
   * `log_truncated` when the chain does not hold.
   */
  read(accepts?: (checkpoint: Checkpoint) => boolean): Promise<History>;
  /** Stores the records up to `tail`, and the state after it; what a next record is to say. Absent: the journal is not cut. */
  seal?(sealed: Sealed): Promise<Checkpoint>;
  /**
   * Once a record that says a checkpoint is acknowledged: drops what the checkpoint before it covers, if that is still stored. So
   * a log always holds its newest thousand records and more, and a broker that loses some of them, or the blobs of its newest
   * checkpoint, can be given them again.
   */
  cut?(cut: Cut): Promise<void>;
  /** Deletes what was stored for a checkpoint that no record says. */
  discard?(checkpoint: Checkpoint, before: Checkpoint | undefined): Promise<void>;
}

/** What a log says. */
export interface History {
  readonly records: readonly JournalRecord[];
  readonly tail: Tail;
  /** The newest checkpoint, and the number of records that are no longer in the log. */
  readonly checkpoint?: Checkpoint | undefined;
  readonly gone: number;
  /** The state before `records`; absent when they begin with the first. */
  readonly from?: FrozenActor | undefined;
}

export interface Sealed {
  readonly state: FrozenActor;
  readonly tail: Tail;
  readonly forms: Pick<Checkpoint, 'form' | 'stateForm'>;
  readonly before: Checkpoint | undefined;
  /** An id of this sealing alone. */
  readonly by: string;
}

export interface Cut {
  readonly said: Checkpoint;
  readonly before: Checkpoint | undefined;
}

/** Where a host's journals are. */
export interface Journals {
  open(key: string): Journal;
  /**
   * Drops a whole journal, its blobs first: what was appended meanwhile stays. Cut short, it can be done again, for the head of
   * the last record is read without its blob.
   */
  purge(key: string): Promise<void>;
  /** The head of the last record, read without its blob; undefined where there is none. Rejects `bad_message`. */
  last(key: string): Promise<JournalRecord | undefined>;
}

export type JournalBus = Pick<Bus, 'logs' | 'blobs' | 'limits'>;

export const createBusJournals = (bus: JournalBus): Journals => ({
  open: (key) => createJournal(bus, key),
  purge: (key) => purgeJournal(bus, key),
  async last(key) {
    const last = await bus.logs.last(key);
    return last === undefined ? undefined : parseRecord(key, last.data);
  },
});

export const createJournal = (bus: JournalBus, key: string): Journal => new BusJournal(bus, key);

class BusJournal implements Journal {
  readonly key: string;
  readonly reserveFrom: number;
  readonly #bus: JournalBus;
  readonly #kept: KeptTail;
  /** A restore was begun and has not come to its end: sequences of lost records may have been used again. */
  #isHalfRestored = false;

  constructor(bus: JournalBus, key: string) {
    this.key = key;
    this.reserveFrom = reserveOf(bus.logs.maxRecords);
    this.#bus = bus;
    this.#kept = new KeptTail(bus, key);
  }

  async append(tail: Tail, draft: Draft): Promise<Tail> {
    const v = draft.checkpoint === undefined ? JOURNAL_VERSION : CHECKPOINT_VERSION;
    const record: JournalRecord = { ...draft, v, prev: tail.id, n: tail.n + 1 };
    const small = encode(record);
    const body = fits(this.#bus, small) ? small : encode(await outline(this.#bus, record));
    const { id, epoch } = draft;
    const data = tagged(body);
    const seq = await this.#put(tail, data, id);
    this.#kept.add({ id, n: record.n, data });
    return { seq, id, n: record.n, epoch };
  }

  /** Somebody who seems to have appended may be a broker that lost what was here. */
  async #put(tail: Tail, data: Uint8Array, id: string): Promise<number> {
    try {
      const expect = this.#isHalfRestored ? await this.#restore(tail, this.#moved(tail)) : tail.seq;
      return await this.#bus.logs.append(this.key, data, { expect, id });
    } catch (error) {
      if (TuttiError.from(error).code !== 'fenced' || tail.n === 0) throw error;
      const expect = await this.#restore(tail, error);
      return this.#bus.logs.append(this.key, data, { expect, id });
    }
  }

  async #restore(tail: Tail, fenced: unknown): Promise<number> {
    this.#isHalfRestored = true;
    const seq = await this.#kept.restore(tail, fenced);
    this.#isHalfRestored = false;
    return seq;
  }

  #moved({ n }: Tail): TuttiError {
    return new TuttiError('fenced', `The journal ${this.key} does not end with record ${n} any more`);
  }

  async check(tail: Tail): Promise<Tail> {
    const last = await this.#bus.logs.last(this.key);
    if (tail.n === 0 || (last?.id === tail.id && last.seq === tail.seq)) return tail;
    return { ...tail, seq: await this.#restore(tail, this.#moved(tail)) };
  }

  async read(accepts: (checkpoint: Checkpoint) => boolean = () => false): Promise<History> {
    const raw = await this.#bus.logs.read(this.key);
    const heads = raw.map(({ data }) => parseRecord(this.key, data));
    const found = await recordsOf(this.#bus, this.key, heads, accepts);
    const records = await Promise.all(found.records.map((record) => whole(this.#bus, record)));
    const last = records.at(-1);
    if (last === undefined) return { records, tail: EMPTY_TAIL, gone: 0 };
    this.#kept.begin(heads.map(({ id, n }, i) => ({ id, n, data: raw[i]?.data ?? new Uint8Array() })));
    const tail = { seq: raw.at(-1)?.seq ?? 0, id: last.id, n: last.n, epoch: last.epoch };
    return { records, tail, checkpoint: checkpointsIn(heads)[0], gone: last.n - raw.length, from: found.from };
  }

  async seal({ state, tail, forms, before, by }: Sealed): Promise<Checkpoint> {
    const raw = await this.#bus.logs.read(this.key);
    const heads = raw.map(({ data }) => parseRecord(this.key, data));
    // What the checkpoint before had stored may be lost: the log still has it.
    const base = before === undefined ? undefined : await storedBase(this.#bus, heads, before);
    const isFresh = ({ n }: JournalRecord): boolean => n > (base?.n ?? 0) && n <= tail.n;
    const fresh = heads.filter(isFresh);
    // What is read while the log is cut may lack records in its midst.
    assertChain(this.key, fresh, base);
    if (fresh.at(-1)?.id !== tail.id) throw this.#moved(tail);
    const { n, id } = tail;
    const kept = await storeState(this.#bus, id, state, by);
    const lying = raw.filter((_, i) => heads[i] !== undefined && isFresh(heads[i]));
    const segments = [...(base?.segments ?? []), ...(await storeSegments(this.#bus, lying, by))];
    return { n, id, told: state.told, ...forms, segments, ...(kept === undefined ? {} : { state: kept }) };
  }

  async cut({ said, before }: Cut): Promise<void> {
    const raw = await this.#bus.logs.read(this.key);
    const heads = raw.map(({ data }) => parseRecord(this.key, data));
    if (before !== undefined && !(await isStored(this.#bus, heads, before))) throw this.#unsafe(before);
    await this.#dropOlder(heads, before ?? said, said);
    const covered = raw.find(({ id }) => id === before?.id);
    if (covered !== undefined) await this.#bus.logs.purge(this.key, covered.seq + 1);
  }

  #unsafe({ n }: Checkpoint): TuttiError {
    const lost = `The broker has lost blobs with records of the journal ${this.key} up to ${n}, which its log still has`;
    return new TuttiError('log_truncated', `${lost}; the next checkpoint stores them again`, {
      details: { key: this.key, n },
    });
  }

  /** What only checkpoints before `before` name goes: their states, and segments that were stored again. */
  async #dropOlder(heads: readonly JournalRecord[], before: Checkpoint, said: Checkpoint): Promise<void> {
    const needed = new Set([...before.segments, ...said.segments]);
    for (const { n, state, segments } of checkpointsIn(heads)) {
      if (n >= before.n) continue;
      const own = segments.filter((name) => !needed.has(name));
      for (const name of state === undefined ? own : [...own, state]) await this.#bus.blobs.delete(name);
    }
  }

  async discard({ state, segments }: Checkpoint, before: Checkpoint | undefined): Promise<void> {
    const known = new Set(before?.segments);
    const own = segments.filter((name) => !known.has(name));
    for (const name of state === undefined ? own : [...own, state]) await this.#bus.blobs.delete(name);
  }
}

/** Share of a log that is kept for the end of its actor: for work to be stopped, for results that are under way. */
const RESERVE = 0.1;
export const reserveOf = (maxRecords: number): number => Math.floor(maxRecords * (1 - RESERVE));

const fits = ({ limits }: JournalBus, body: Body): boolean =>
  body.data.length < maxInlineBytes(limits.maxPayloadBytes) && rawBytes(body) <= MAX_RECORD_BYTES;

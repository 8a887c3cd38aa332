/**
 * The journal of one durable actor: records in, records out, compare-and-append in between.
 *
 * A record is one or more whole transitions. It names the record before it, so that a cut or foreign tail shows. A new
 * owner's first record is `acquired`: from then on every append of the old owner fails. One append is in flight at a
 * time; what gathers meanwhile rides in the next.
 */
import { type Body, type Bus, decode, encode, maxInlineBytes, rawBytes } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { MAX_RECORD_BYTES, outline, whole } from './large-record.ts';
import { type Draft, JOURNAL_VERSION, type JournalRecord, journalRecord } from './record.ts';
import { tagged, untagged } from './tagged.ts';

export { type Draft, JOURNAL_VERSION, type JournalEvent, type JournalRecord } from './record.ts';

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
  /** Number of the record after which the actor is told to end: the room behind it is for its end. */
  readonly reserveFrom: number;
  /**
   * Appends after `tail`; gives the new tail, later or at once. Rejects (or throws) `fenced` when somebody else appended,
   * `log_full` when there is no room, `body_too_large` when it can only be appended in parts.
   */
  append(tail: Tail, draft: Draft): Promise<Tail> | Tail;
  /** All records in order. Rejects with `log_truncated` when the chain does not hold. */
  read(): Promise<{ readonly records: readonly JournalRecord[]; readonly tail: Tail }>;
}

/** Where a host's journals are. */
export interface Journals {
  open(key: string): Journal;
  /** Drops a whole journal. */
  purge(key: string): Promise<void>;
}

type JournalBus = Pick<Bus, 'logs' | 'blobs' | 'limits'>;

export const createBusJournals = (bus: JournalBus): Journals => ({
  open: (key) => createJournal(bus, key),
  purge: (key) => bus.logs.purge(key),
});

export function createJournal(bus: JournalBus, key: string): Journal {
  return {
    key,
    reserveFrom: reserveOf(bus.logs.maxRecords),
    async append(tail, draft) {
      const record: JournalRecord = { ...draft, v: JOURNAL_VERSION, prev: tail.id, n: tail.n + 1 };
      const small = encode(record);
      const body = fits(bus, small) ? small : encode(await outline(bus, record));
      const seq = await bus.logs.append(key, tagged(body), { expect: tail.seq, id: draft.id });
      return { seq, id: draft.id, n: record.n, epoch: draft.epoch };
    },
    async read() {
      const raw = await bus.logs.read(key);
      const records = await Promise.all(raw.map((r) => whole(bus, parseRecord(key, r.data))));
      checkChain(key, records);
      const last = records.at(-1);
      const seq = raw.at(-1)?.seq ?? 0;
      return { records, tail: last === undefined ? EMPTY_TAIL : { seq, id: last.id, n: last.n, epoch: last.epoch } };
    },
  };
}

/** Share of a log that is kept for the end of its actor: for work to be stopped, for results that are under way. */
const RESERVE = 0.1;
export const reserveOf = (maxRecords: number): number => Math.floor(maxRecords * (1 - RESERVE));

const fits = ({ limits }: JournalBus, body: Body): boolean =>
  body.data.length < maxInlineBytes(limits.maxPayloadBytes) && rawBytes(body) <= MAX_RECORD_BYTES;

export function parseRecord(key: string, data: Uint8Array): JournalRecord {
  const body = untagged(data);
  const parsed = journalRecord.safeParse(
    body === undefined ? undefined : decode(body.data, body.contentType, { maxBytes: MAX_RECORD_BYTES }),
  );
  if (parsed.success) return parsed.data;
  throw new TuttiError('bad_message', `A record of the journal ${key} cannot be read`, { cause: parsed.error });
}

function checkChain(key: string, records: readonly JournalRecord[]): void {
  let prev = '';
  for (const [i, record] of records.entries()) {
    if (record.prev !== prev || record.n !== i + 1) {
      throw new TuttiError('log_truncated', `The journal ${key} lacks what came before record ${record.n}`, {
        details: { key, n: record.n, expectedPrev: prev, prev: record.prev },
      });
    }
    prev = record.id;
  }
}

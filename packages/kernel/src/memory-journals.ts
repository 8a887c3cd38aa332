/**
 * Journals of a process that is the whole cluster: records in memory, as they are. Nothing outlives the process, so nothing is
 * encoded and nobody waits; an actor that left memory comes back by replay all the same.
 */
import { TuttiError } from '@tutti/contracts';
import {
  EMPTY_TAIL,
  JOURNAL_VERSION,
  type Journal,
  type JournalRecord,
  type Journals,
  reserveOf,
  type Tail,
} from './journal.ts';

/** Records one journal may hold: as many as a log of the memory bus, and far more than a run writes. */
const MAX_RECORDS = 100_000;

export interface MemoryJournals extends Journals {
  readonly keys: readonly string[];
}

export function createMemoryJournals(): MemoryJournals {
  const all = new Map<string, JournalRecord[]>();
  return {
    open: (key) => memoryJournal(all, key),
    purge: async (key) => void all.delete(key),
    last: async (key) => all.get(key)?.at(-1),
    get keys() {
      return [...all.keys()];
    },
  };
}

const tailOf = (records: readonly JournalRecord[]): Tail => {
  const last = records.at(-1);
  return last === undefined ? EMPTY_TAIL : { seq: last.n, id: last.id, n: last.n, epoch: last.epoch };
};

function memoryJournal(all: Map<string, JournalRecord[]>, key: string): Journal {
  return {
    key,
    reserveFrom: reserveOf(MAX_RECORDS),
    append(tail, draft) {
      const records = all.get(key) ?? [];
      if (records.length !== tail.seq) {
        throw new TuttiError('fenced', `The journal ${key} has ${records.length} records; ${tail.seq} were expected`);
      }
      if (records.length >= MAX_RECORDS) {
        throw new TuttiError('log_full', `The journal ${key} holds ${MAX_RECORDS} records, the most it may`);
      }
      records.push({ ...draft, v: JOURNAL_VERSION, prev: tail.id, n: tail.n + 1 });
      all.set(key, records);
      return tailOf(records);
    },
    async read() {
      const records = [...(all.get(key) ?? [])];
      return { records, tail: tailOf(records), gone: 0 };
    },
  };
}

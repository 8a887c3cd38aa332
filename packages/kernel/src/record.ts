/** One record of a journal, as it is encoded. */
import { z } from 'zod';
import { checkpointSchema } from './checkpoint.ts';

/** Version of the record's form; recordings of every released form must replay. */
export const JOURNAL_VERSION = 1;

/** The form of a record whose content is a blob: a process of before would take it for empty and must refuse it. */
export const OUTLINED_VERSION = 2;

/** The form of a record that covers those before it: a process of before would miss them and must refuse it. */
export const CHECKPOINT_VERSION = 3;

export const journalEvent = z.looseObject({ type: z.string(), at: z.number() });
export type JournalEvent = z.infer<typeof journalEvent>;

export const journalRecord = z.object({
  v: z.union([z.literal(JOURNAL_VERSION), z.literal(OUTLINED_VERSION), z.literal(CHECKPOINT_VERSION)]),
  kind: z.enum(['acquired', 'steps']),
  id: z.string(),
  /** Ownership epoch of the writer. */
  epoch: z.number(),
  /** Id of the record before; empty for the first. */
  prev: z.string(),
  /** Number of the record in its log, from 1. */
  n: z.number(),
  time: z.number(),
  /** Form of the code that wrote this record and those after it, on the first record and at each change of owner. Absent: 1. */
  form: z.number().int().positive().optional(),
  /** Present on the first record: what the machine was started with. */
  input: z.unknown().optional(),
  events: z.array(journalEvent),
  /** Names the blob that holds input and events, where the record would have been too large (see `large-record.ts`). */
  content: z.custom<Uint8Array>((value) => value instanceof Uint8Array).optional(),
  /** The blob holds the id of this record too, so that no other names it: it goes with its journal. */
  own: z.literal(true).optional(),
  /** What it says of the records before it, which may have gone from the log (see `checkpoint.ts`). */
  checkpoint: checkpointSchema.optional(),
  /** The actor has ended with this record: nothing is owed after it but idempotent repeats. */
  end: z.boolean(),
});
export type JournalRecord = z.infer<typeof journalRecord>;

export type Draft = Pick<
  JournalRecord,
  'kind' | 'id' | 'epoch' | 'time' | 'events' | 'end' | 'input' | 'form' | 'checkpoint'
>;

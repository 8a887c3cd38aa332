/**
 * Records that no message can carry. One of several events is refused: whoever appends it cuts it in two. That of one
 * event names a blob which holds what it says; its head stays in the log, so that whoever looks at the end of a log need
 * not read the blob.
 */
import { type Bus, blobOf, CONTENT_TYPES, createOverflow, decode, encode, type Overflow } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { z } from 'zod';
import { type Draft, type JournalRecord, journalEvent, OUTLINED_VERSION } from './record.ts';

type BlobBus = Pick<Bus, 'blobs' | 'limits'>;

const REFERENCE = { contentType: CONTENT_TYPES.blobRef };

/** Most bytes that a record may unpack to: a message of the largest size, and what a record adds to it. */
export const MAX_RECORD_BYTES = 65 * 1024 * 1024;

/** What only tells blobs apart (`of`) is no part of the record. */
const contentOf = z.object({ input: z.unknown().optional(), events: z.array(journalEvent) });

const alwaysOver = (bus: BlobBus): Overflow => createOverflow(bus, { maxInlineBytes: -1 });

/** The record with a reference for its content, once that is stored. */
export async function outline(bus: BlobBus, record: JournalRecord): Promise<JournalRecord> {
  const { input, events, ...head } = record;
  // Blobs are named by their content: with the id of its record in it, none is shared, and each may go with its journal.
  const content = { of: record.id, input, events };
  if (events.length > 1) {
    throw new TuttiError('body_too_large', `A record of ${events.length} events is larger than a message may be`);
  }
  const stored = await alwaysOver(bus).outgoing(encode(content));
  return {
    ...head,
    v: Math.max(head.v, OUTLINED_VERSION) as JournalRecord['v'],
    events: [],
    content: stored.data,
    own: true,
  };
}

/** Deletes the blob that only this record names, if it has one. Blobs of before `own` may be shared, and stay. */
export async function dropContent({ blobs }: Pick<Bus, 'blobs'>, { content, own }: JournalRecord): Promise<void> {
  const hash = content === undefined || own !== true ? undefined : blobOf({ data: content, ...REFERENCE });
  if (hash !== undefined) await blobs.delete(hash);
}

/** The record with its content, from wherever that is. */
export async function whole(bus: BlobBus, record: JournalRecord): Promise<JournalRecord> {
  const { content, own: _, ...head } = record;
  if (content === undefined) return record;
  const body = await alwaysOver(bus).incoming({ data: content, ...REFERENCE });
  const parsed = contentOf.safeParse(decode(body.data, body.contentType, { maxBytes: MAX_RECORD_BYTES }));
  if (parsed.success) return { ...head, ...parsed.data };
  throw new TuttiError('bad_message', `The content of record ${record.n} cannot be read`, { cause: parsed.error });
}

/** A draft as two, to be appended one after the other; `rest` is what was cut off before. What ends, ends with the last. */
export function cutInTwo(draft: Draft, rest: Draft | undefined, id: string): readonly [Draft, Draft] {
  const half = Math.ceil(draft.events.length / 2);
  const { input, checkpoint: _, ...after } = draft;
  const events = [...draft.events.slice(half), ...(rest?.events ?? [])];
  const end = draft.end || rest?.end === true;
  return [
    { ...draft, events: draft.events.slice(0, half), end: false },
    { ...after, kind: 'steps', id, events, end },
  ];
}

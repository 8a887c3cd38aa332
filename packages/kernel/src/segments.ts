/** Where records lie that have gone from their log, and states that spare their replay: blobs, each of one journal alone. */
import { type Bus, decode, encode, rawBytes } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { z } from 'zod';
import type { Checkpoint, FrozenActor } from './checkpoint.ts';
import { MAX_RECORD_BYTES } from './large-record.ts';
import { tagged, untagged } from './tagged.ts';

type Blobs = Pick<Bus, 'blobs'>;

/** Bytes of records in one blob; a single larger record has one to itself. */
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** A record as it lay in its log. */
export interface Raw {
  readonly id: string;
  readonly data: Uint8Array;
}

const segmentSchema = z.object({
  of: z.string(),
  records: z.array(z.custom<Uint8Array>((v) => v instanceof Uint8Array)),
});
const stateSchema = z.object({
  of: z.string(),
  snapshot: z.object({ value: z.unknown(), context: z.unknown(), status: z.string() }),
  told: z.number(),
  timers: z.array(
    z.object({ id: z.string(), dueMs: z.number(), delayMs: z.number(), event: z.looseObject({ type: z.string() }) }),
  ),
});

/**
 * Stores records in order; the names of their blobs. `by`: an id that no other blob has, so that whoever stored one may delete
 * it again, whatever others store.
 */
export async function storeSegments(bus: Blobs, raw: readonly Raw[], by: string): Promise<string[]> {
  const names: string[] = [];
  for (const part of parts(raw))
    names.push(await put(bus, { of: part.at(-1)?.id, by, records: part.map(({ data }) => data) }));
  return names;
}

/** The records of one segment. Rejects with `log_truncated` when it is gone. */
export async function loadSegment(bus: Blobs, key: string, name: string): Promise<readonly Uint8Array[]> {
  const parsed = segmentSchema.safeParse(await get(bus, name));
  if (parsed.success) return parsed.data.records;
  throw new TuttiError('log_truncated', `The journal ${key} lacks a segment of its records`, {
    details: { key, name },
  });
}

/** The name of the blob; undefined when the state is too large for one: then its records are replayed. */
export async function storeState(bus: Blobs, id: string, state: FrozenActor, by: string): Promise<string | undefined> {
  const body = encode({ of: id, by, ...state });
  if (rawBytes(body) > MAX_RECORD_BYTES) return undefined;
  try {
    return await bus.blobs.put(tagged(body));
  } catch (error) {
    if (TuttiError.from(error).code === 'body_too_large') return undefined;
    throw error;
  }
}

/** The state of a checkpoint; undefined when it cannot be read: then its records are replayed. */
export async function loadState(bus: Blobs, { state, id }: Checkpoint): Promise<FrozenActor | undefined> {
  if (state === undefined) return undefined;
  const parsed = stateSchema.safeParse(await get(bus, state).catch(() => undefined));
  return parsed.success && parsed.data.of === id ? parsed.data : undefined;
}

function* parts(raw: readonly Raw[]): Generator<readonly Raw[]> {
  let part: Raw[] = [];
  let bytes = 0;
  for (const record of raw) {
    if (part.length > 0 && bytes + record.data.length > SEGMENT_BYTES) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(record);
    bytes += record.data.length;
  }
  if (part.length > 0) yield part;
}

const put = ({ blobs }: Blobs, content: object): Promise<string> => blobs.put(tagged(encode(content)));

async function get({ blobs }: Blobs, name: string): Promise<unknown> {
  const data = await blobs.get(name);
  const body = data === undefined ? undefined : untagged(data);
  return body === undefined ? undefined : decode(body.data, body.contentType, { maxBytes: MAX_RECORD_BYTES });
}

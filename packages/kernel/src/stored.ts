/** Records as they lie in a log. */
import { decode } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { z } from 'zod';
import { MAX_RECORD_BYTES } from './large-record.ts';
import { CHECKPOINT_VERSION, type JournalRecord, journalRecord } from './record.ts';
import { untagged } from './tagged.ts';

export function parseRecord(key: string, data: Uint8Array): JournalRecord {
  const body = untagged(data);
  const content = body === undefined ? undefined : decode(body.data, body.contentType, { maxBytes: MAX_RECORD_BYTES });
  const parsed = journalRecord.safeParse(content);
  if (parsed.success) return parsed.data;
  assertKnown(key, content);
  throw new TuttiError('bad_message', `A record of the journal ${key} cannot be read`, { cause: parsed.error });
}

/** A record of newer code is none that is broken: whoever knows its form goes on with the journal. */
function assertKnown(key: string, content: unknown): void {
  const { v } = z.looseObject({ v: z.number().int() }).safeParse(content).data ?? {};
  if (v === undefined || v <= CHECKPOINT_VERSION) return;
  throw new TuttiError(
    'journal_version',
    `The journal ${key} has records of version ${v}; this process reads ${CHECKPOINT_VERSION}`,
    {
      details: { key, version: v },
    },
  );
}

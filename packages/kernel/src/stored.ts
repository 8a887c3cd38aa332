/** Records as they lie in a log. */
import { decode } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { MAX_RECORD_BYTES } from './large-record.ts';
import { type JournalRecord, journalRecord } from './record.ts';
import { untagged } from './tagged.ts';

export function parseRecord(key: string, data: Uint8Array): JournalRecord {
  const body = untagged(data);
  const parsed = journalRecord.safeParse(
    body === undefined ? undefined : decode(body.data, body.contentType, { maxBytes: MAX_RECORD_BYTES }),
  );
  if (parsed.success) return parsed.data;
  throw new TuttiError('bad_message', `A record of the journal ${key} cannot be read`, { cause: parsed.error });
}

/** Drops a whole journal: its blobs first, then its records. What was appended meanwhile stays. */
import { TuttiError } from '@tutti/contracts';
import { inParallel } from './in-parallel.ts';
import type { JournalBus } from './journal.ts';
import { dropContent } from './large-record.ts';
import type { JournalRecord } from './record.ts';
import { loadSegment } from './segments.ts';
import { parseRecord } from './stored.ts';

/** Blobs that are deleted at once: a journal may have thousands, and nodes keep its run from being loaded meanwhile. */
const AT_ONCE = 16;

export async function purgeJournal(bus: JournalBus, key: string): Promise<void> {
  const raw = await bus.logs.read(key);
  const last = raw.at(-1);
  if (last === undefined) return;
  const records = raw.map(({ data }) => readable(key, data)).filter((record) => record !== undefined);
  await purgeCovered(bus, key, records);
  await inParallel(AT_ONCE, records, (record) => dropContent(bus, record));
  await bus.logs.purge(key, last.seq + 1);
}

/** What checkpoints cover. A segment goes after the blobs that its records name: cut short, this can be done again. */
async function purgeCovered(bus: JournalBus, key: string, records: readonly JournalRecord[]): Promise<void> {
  const checkpoints = records.flatMap(({ checkpoint }) => checkpoint ?? []);
  for (const name of new Set(checkpoints.flatMap(({ segments }) => segments))) {
    const covered = await loadSegment(bus, key, name).catch(noneIfGone);
    await inParallel(AT_ONCE, covered, async (data) => {
      const record = readable(key, data);
      if (record !== undefined) await dropContent(bus, record);
    });
    await bus.blobs.delete(name);
  }
  const states = checkpoints.flatMap(({ state }) => state ?? []);
  await inParallel(AT_ONCE, states, (state) => bus.blobs.delete(state));
}

/** A segment that is gone, or that nobody can read, keeps no journal from being dropped; one that was not read does. */
function noneIfGone(error: unknown): readonly Uint8Array[] {
  if (TuttiError.from(error).retryable) throw error;
  return [];
}

/** A record that nobody can read keeps no journal from being dropped. */
function readable(key: string, data: Uint8Array): JournalRecord | undefined {
  try {
    return parseRecord(key, data);
  } catch {
    return undefined;
  }
}

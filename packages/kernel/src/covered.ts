/**
 * From where a journal is read, and how far its records are safe beside its log.
 *
 * A broker that loses its power may lose the blobs of a checkpoint and keep the record that names them. A log still has every
 * record since the checkpoint before its newest: what only lost blobs had is read from there, and stored again.
 */
import type { Bus } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import type { Checkpoint, FrozenActor } from './checkpoint.ts';
import type { JournalRecord } from './record.ts';
import { loadSegment, loadState } from './segments.ts';
import { parseRecord } from './stored.ts';

type Blobs = Pick<Bus, 'blobs'>;
type Heads = readonly JournalRecord[];

export interface Found {
  readonly records: Heads;
  /** The state before `records`; absent when they begin with the first. */
  readonly from?: FrozenActor;
}

/** What the records of a log say of those before them, the newest first. */
export const checkpointsIn = (heads: Heads): readonly Checkpoint[] =>
  heads.flatMap(({ checkpoint }) => checkpoint ?? []).reverse();

/**
 * The records after the newest state that `accepts` takes and that is still there; else all, with the newest segments that are.
 * `heads`: the log. Rejects with `log_truncated` when some record is nowhere.
 */
export async function recordsOf(
  bus: Blobs,
  key: string,
  heads: Heads,
  accepts: (checkpoint: Checkpoint) => boolean,
): Promise<Found> {
  const checkpoints = checkpointsIn(heads);
  for (const checkpoint of checkpoints) {
    const from = accepts(checkpoint) ? await loadState(bus, checkpoint) : undefined;
    const records = heads.filter(({ n }) => n > checkpoint.n);
    if (from !== undefined && gapIn(records, checkpoint) === undefined) return { records, from };
  }
  return { records: await allOf(bus, key, heads, checkpoints) };
}

/** When none is whole, the newest says why. */
async function allOf(bus: Blobs, key: string, heads: Heads, [newest, ...older]: readonly Checkpoint[]): Promise<Heads> {
  try {
    const before = newest === undefined ? [] : await segmentsOf(bus, key, newest);
    const records = [...before, ...heads.filter(({ n }) => n > (newest?.n ?? 0))];
    assertChain(key, records);
    return records;
  } catch (error) {
    if (newest === undefined || !isTruncated(error)) throw error;
    return allOf(bus, key, heads, older).catch((other: unknown) => {
      throw isTruncated(other) ? error : other;
    });
  }
}

const isTruncated = (error: unknown): boolean => TuttiError.from(error).code === 'log_truncated';

async function segmentsOf(bus: Blobs, key: string, { segments }: Checkpoint): Promise<Heads> {
  const parts = await Promise.all(segments.map((name) => loadSegment(bus, key, name)));
  return parts.flat().map((data) => parseRecord(key, data));
}

/**
 * The newest checkpoint, `last` or one before it, after which the log has every record and before which no record is lost that
 * the log still has; undefined: these are all of its records. What is lost for good is no reason not to go on.
 */
export async function storedBase(bus: Blobs, heads: Heads, last: Checkpoint): Promise<Checkpoint | undefined> {
  for (const checkpoint of [last, ...checkpointsIn(heads).filter(({ n }) => n < last.n)]) {
    if (await isStored(bus, heads, checkpoint)) return checkpoint;
  }
  return goneFrom(heads) === 0 ? undefined : last;
}

/** Whether the records that a checkpoint covers are stored, as far as the log has them too. */
export async function isStored({ blobs }: Blobs, heads: Heads, { segments }: Checkpoint): Promise<boolean> {
  const gone = goneFrom(heads);
  const isOld = new Set(checkpointsIn(heads).find(({ n }) => n === gone)?.segments);
  for (const name of segments) if (!isOld.has(name) && (await blobs.get(name)) === undefined) return false;
  return true;
}

/** Number of the last record that is no longer in the log. */
const goneFrom = (heads: Heads): number => (heads[0]?.n ?? 1) - 1;

type After = Pick<Checkpoint, 'id' | 'n'>;

/** Throws `log_truncated` when the chain does not hold. `after`: what the first record follows; absent: nothing. */
export function assertChain(key: string, records: Heads, after?: After): void {
  const gap = gapIn(records, after);
  if (gap === undefined) return;
  const { record, prev } = gap;
  throw new TuttiError('log_truncated', `The journal ${key} lacks what came before record ${record.n}`, {
    details: { key, n: record.n, expectedPrev: prev, prev: record.prev },
  });
}

/** The first record that does not follow the one before it, and the id of that one. */
function gapIn(
  records: Heads,
  after: After = { id: '', n: 0 },
): { readonly record: JournalRecord; readonly prev: string } | undefined {
  let { id: prev, n } = after;
  for (const record of records) {
    if (record.prev !== prev || record.n !== n + 1) return { record, prev };
    ({ id: prev, n } = record);
  }
  return undefined;
}

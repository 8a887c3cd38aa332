/** Which steps decided how long a run took, by what really happened: the plan may have named others. */
import { NOTABLE_WAIT_MS } from './figures.ts';
import type { StepRow } from './step-row.ts';

/**
 * From the first step to the one that ended last; only steps that ran, or that waited for somebody's answer.
 *
 * `nowMs`: of a run that goes on. It ends with a step that runs now, or else with the one that has been ready for longest.
 */
export function decidingPath(rows: readonly StepRow[], nowMs?: number): readonly StepRow[] {
  const ran = rows.filter((row) => begunMs(row) !== undefined && row.endedMs !== undefined);
  const path: StepRow[] = [];
  let row = (nowMs === undefined ? undefined : present(rows)) ?? latest(ran);
  while (row !== undefined && !path.includes(row)) {
    path.unshift(row);
    row = before(row, ran);
  }
  return path;
}

/** An approval or a signal is run by nobody: it begins when it is asked. */
const begunMs = ({ startedMs, readyMs, spentMs }: StepRow): number | undefined =>
  startedMs ?? (spentMs.person === undefined ? undefined : readyMs);

/** The first to be ready of those that run, or else of those that wait. */
function present(rows: readonly StepRow[]): StepRow | undefined {
  const open = rows.filter(({ endedMs, readyMs }) => endedMs === undefined && readyMs !== undefined);
  const running = open.filter(({ phase }) => phase === 'running');
  return (running.length > 0 ? running : open).toSorted((a, b) => (a.readyMs ?? 0) - (b.readyMs ?? 0))[0];
}

const endOf = ({ endedMs = 0 }: StepRow): number => endedMs;

function latest(rows: readonly StepRow[]): StepRow | undefined {
  return rows.reduce<StepRow | undefined>(
    (last, row) => (last === undefined || endOf(row) > endOf(last) ? row : last),
    undefined,
  );
}

/** What a step had to see the end of: what made room for it if the pool kept it waiting, else its last input. */
function before(row: StepRow, ran: readonly StepRow[]): StepRow | undefined {
  const { id, after, readyMs = 0, askedMs = readyMs, grantedMs = askedMs, startedMs } = row;
  // A wait begins at the very moment at which its last input is there; an agent needs a while to start, mostly.
  const isEarlier = (other: StepRow): boolean => {
    if (startedMs === undefined) return endOf(other) <= readyMs;
    const isBefore = after.includes(other.id) || (begunMs(other) ?? startedMs) < startedMs;
    return endOf(other) < startedMs || (endOf(other) === startedMs && isBefore);
  };
  const others = ran.filter((other) => other.id !== id && isEarlier(other));
  const endedBy = (atMs: number): readonly StepRow[] => others.filter((other) => endOf(other) <= atMs);
  const madeRoom = endedBy(grantedMs).filter((other) => endOf(other) > askedMs);
  if (grantedMs - askedMs >= NOTABLE_WAIT_MS && madeRoom.length > 0) return latest(madeRoom);
  const inputs = endedBy(readyMs);
  const named = inputs.filter((other) => after.includes(other.id));
  // A step that waits for a group is named after its members by time alone.
  return latest(named.length === after.length && named.length > 0 ? named : inputs);
}

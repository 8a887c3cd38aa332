/** Which steps decided how long a run took, by what really happened: the plan may have named others. */
import { Ended } from './ended.ts';
import type { StepRow } from './step-row.ts';
import { NOTABLE_WAIT_MS } from './stretches.ts';

/**
 * From the first step to the one that ended last; only steps that ran, or that waited for somebody's answer.
 *
 * `nowMs`: of a run that goes on. It ends with a step that runs now, or else with the one that has been ready for longest.
 */
export function decidingPath(rows: readonly StepRow[], nowMs?: number): readonly StepRow[] {
  const ran = new Ended(rows);
  const path = new Set<StepRow>();
  let row = (nowMs === undefined ? undefined : present(rows)) ?? ran.last;
  while (row !== undefined && !path.has(row)) {
    path.add(row);
    row = before(row, ran);
  }
  return [...path].reverse();
}

/** The first to be ready of those that run, or else of those that wait. */
function present(rows: readonly StepRow[]): StepRow | undefined {
  const open = rows.filter(({ endedMs, readyMs }) => endedMs === undefined && readyMs !== undefined);
  const running = open.filter(({ phase }) => phase === 'running');
  return (running.length > 0 ? running : open).toSorted((a, b) => (a.readyMs ?? 0) - (b.readyMs ?? 0))[0];
}

/** What a step had to see the end of: what made room for it if the pool kept it waiting, else its last input. */
function before(row: StepRow, ran: Ended): StepRow | undefined {
  const { after, readyMs = 0, askedMs = readyMs, grantedMs = askedMs } = row;
  const madeRoom = ran.lastBefore(row, grantedMs);
  if (grantedMs - askedMs >= NOTABLE_WAIT_MS && madeRoom !== undefined && (madeRoom.endedMs ?? 0) > askedMs) {
    return madeRoom;
  }
  const named = ran.namedBefore(row, readyMs);
  // A step that waits for a group is named after its members by time alone.
  return named.length === after.length && named.length > 0 ? ran.latest(named) : ran.lastBefore(row, readyMs);
}

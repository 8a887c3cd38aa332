/** Which steps decided how long a run took, by what really happened: the plan may have named others. */
import type { StepRow } from './step-row.ts';

/** A wait for the pool below this is the engine at work, not somebody else's step in the way, ms. */
const NOTABLE_POOL_MS = 50;

/** From the first step to the one that ended last; only steps that ran, or that waited for somebody's answer. */
export function decidingPath(rows: readonly StepRow[]): readonly StepRow[] {
  const ran = rows.filter((row) => begunMs(row) !== undefined && row.endedMs !== undefined);
  const path: StepRow[] = [];
  let row = latest(ran);
  while (row !== undefined && !path.includes(row)) {
    path.unshift(row);
    row = before(row, ran);
  }
  return path;
}

/** An approval or a signal is run by nobody: it begins when it is asked. */
const begunMs = ({ startedMs, readyMs, spentMs }: StepRow): number | undefined =>
  startedMs ?? (spentMs.person === undefined ? undefined : readyMs);

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
  // A wait begins at the very moment at which its last input is there; an agent needs a while to start.
  const isEarlier = (other: StepRow): boolean =>
    startedMs === undefined ? endOf(other) <= readyMs : endOf(other) < startedMs;
  const others = ran.filter((other) => other.id !== id && isEarlier(other));
  const endedBy = (atMs: number): readonly StepRow[] => others.filter((other) => endOf(other) <= atMs);
  const madeRoom = endedBy(grantedMs).filter((other) => endOf(other) > askedMs);
  if (grantedMs - askedMs >= NOTABLE_POOL_MS && madeRoom.length > 0) return latest(madeRoom);
  const inputs = endedBy(readyMs);
  const named = inputs.filter((other) => after.includes(other.id));
  // A step that waits for a group is named after its members by time alone.
  return latest(named.length === after.length && named.length > 0 ? named : inputs);
}

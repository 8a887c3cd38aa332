/** Which steps decided how long a run took, by what really happened: the plan may have named others. */
import type { StepRow } from './step-row.ts';

/** A wait for the pool below this is the engine at work, not somebody else's step in the way, ms. */
const NOTABLE_POOL_MS = 50;

/** From the first step to the one that ended last; only steps that ran. */
export function decidingPath(rows: readonly StepRow[]): readonly StepRow[] {
  const ran = rows.filter((row) => row.startedMs !== undefined && row.endedMs !== undefined);
  const path: StepRow[] = [];
  let row = latest(ran);
  while (row !== undefined && !path.includes(row)) {
    path.unshift(row);
    row = before(row, ran);
  }
  return path;
}

const endOf = ({ endedMs = 0 }: StepRow): number => endedMs;

function latest(rows: readonly StepRow[]): StepRow | undefined {
  return rows.reduce<StepRow | undefined>(
    (last, row) => (last === undefined || endOf(row) > endOf(last) ? row : last),
    undefined,
  );
}

/** What a step had to see the end of: what made room for it if the pool kept it waiting, else its last input. */
function before(
  { id, after, readyMs = 0, grantedMs = readyMs, startedMs = 0 }: StepRow,
  ran: readonly StepRow[],
): StepRow | undefined {
  const others = ran.filter((other) => other.id !== id && endOf(other) < startedMs);
  const endedBy = (atMs: number): readonly StepRow[] => others.filter((other) => endOf(other) <= atMs);
  const madeRoom = endedBy(grantedMs).filter((other) => endOf(other) > readyMs);
  if (grantedMs - readyMs >= NOTABLE_POOL_MS && madeRoom.length > 0) return latest(madeRoom);
  const inputs = endedBy(readyMs);
  const named = inputs.filter((other) => after.includes(other.id));
  // A step that waits for a group is named after its members by time alone.
  return latest(named.length === after.length && named.length > 0 ? named : inputs);
}

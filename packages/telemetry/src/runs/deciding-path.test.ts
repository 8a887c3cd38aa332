import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decidingPath } from './deciding-path.ts';
import { begunMs, newRow, type StepRow } from './step-row.ts';
import { NOTABLE_WAIT_MS } from './stretches.ts';

const row = (
  id: string,
  [readyMs, grantedMs, startedMs, endedMs]: readonly number[],
  after: readonly string[] = [],
): StepRow => ({
  ...newRow(id, id, 0, after),
  ...{ readyMs, grantedMs, startedMs, endedMs, end: 'succeeded' as const },
});
const ids = (rows: readonly StepRow[]): readonly string[] => decidingPath(rows).map(({ id }) => id);

it('leads from the step that ended last back over the last input of each', () => {
  const rows = [
    row('a', [0, 5, 10, 100]),
    row('quick', [100, 105, 110, 200], ['a']),
    row('slow', [100, 105, 110, 900], ['a']),
    row('join', [900, 905, 910, 1_000], ['quick', 'slow']),
  ];
  expect(ids(rows)).toEqual(['a', 'slow', 'join']);
});

it('goes by what it waits for, not by who else ended just before', () => {
  const rows = [row('a', [0, 5, 10, 100]), row('other', [0, 5, 10, 110]), row('b', [110, 115, 120, 500], ['a'])];
  expect(ids(rows)).toEqual(['a', 'b']);
});

it('names who made room for a step that the pool kept waiting', () => {
  const rows = [row('long', [0, 5, 10, 800]), row('queued', [0, 805, 810, 1_000])];
  expect(ids(rows)).toEqual(['long', 'queued']);
});

it('begins with a step that waited for nobody', () => {
  expect(ids([row('a', [0, 5, 10, 500]), row('b', [0, 5, 10, 100])])).toEqual(['a']);
});

it('names no step that never ran, and nothing where none did', () => {
  const skipped: StepRow = { ...newRow('skipped', 'x', 0), endedMs: 700, end: 'skipped' };
  expect(ids([row('a', [0, 5, 10, 500]), skipped])).toEqual(['a']);
  expect(ids([skipped])).toEqual([]);
});

/** The definition, each step set against all others. */
function byDefinition(rows: readonly StepRow[]): readonly string[] {
  const endOf = ({ endedMs = 0 }: StepRow): number => endedMs;
  const latest = (some: readonly StepRow[]): StepRow | undefined =>
    some.reduce<StepRow | undefined>(
      (last, each) => (last === undefined || endOf(each) > endOf(last) ? each : last),
      undefined,
    );
  const ran = rows.filter((each) => begunMs(each) !== undefined && each.endedMs !== undefined);
  const before = ({ id, after, readyMs = 0, askedMs = readyMs, grantedMs = askedMs, startedMs }: StepRow) => {
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
    return latest(named.length === after.length && named.length > 0 ? named : inputs);
  };
  const path: StepRow[] = [];
  for (let each = latest(ran); each !== undefined && !path.includes(each); each = before(each)) path.unshift(each);
  return path.map(({ id }) => id);
}

it('is the same as if each step were set against all others', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  // Few moments, so that much happens at once; apart by enough for a wait to be worth naming.
  const at = fc.option(
    fc.integer({ min: 0, max: 6 }).map((n) => n * 40),
    { nil: undefined },
  );
  const any = fc.record({ readyMs: at, askedMs: at, grantedMs: at, startedMs: at, endedMs: at });
  const one = fc.tuple(any, fc.boolean(), fc.uniqueArray(fc.constantFrom(...names, 'group'), { maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(one, { maxLength: names.length }), (drawn) => {
      const rows = drawn.map(([times, asked, after], i): StepRow => {
        const id = names[i] ?? '';
        return { ...newRow(id, id, 0, after), ...times, spentMs: asked ? { person: 1 } : {} };
      });
      expect(ids(rows)).toEqual(byDefinition(rows));
    }),
    { numRuns: 2_000 },
  );
});

it('looks at each step a few times, however many there are', () => {
  let looks = 0;
  const watched = (id: string, at: number, after: readonly string[]): StepRow =>
    Object.defineProperty({ ...row(id, [at, at, at + 1, at + 9], after) }, 'endedMs', {
      get: () => {
        looks += 1;
        return at + 9;
      },
    });
  const rows = Array.from({ length: 2_000 }, (_, n) => watched(`s${n}`, n * 10, n === 0 ? [] : [`s${n - 1}`]));
  expect(ids(rows)).toHaveLength(rows.length);
  expect(looks).toBeLessThan(10 * rows.length);
});

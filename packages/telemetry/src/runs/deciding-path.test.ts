import { expect, it } from 'vitest';
import { decidingPath } from './deciding-path.ts';
import { newRow, type StepRow } from './step-row.ts';

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

import type { Conflict } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { conflictLines, decidedBy, UNDECIDED } from './conflict-lines.ts';

const conflict = (refused: Conflict['refused'], more: Partial<Conflict> = {}): Conflict => ({
  ...{ id: '2-1', path: '/shared/value', version: 2, refused, ...more },
  kept: { author: 'left', value: { price: 3 } },
});

it('a conflict is told with its id, both values, who wrote them, and what to do', () => {
  const how = decidedBy('r1', ' --nats URL');
  expect(conflictLines([conflict({ author: 'right', value: { price: 4 } })], how)).toEqual([
    'conflict 2-1   /shared/value',
    '  stands       {"price":3}  by left',
    '  refused      {"price":4}  by right',
    expect.stringContaining('tutti resolve r1 2-1 --take kept|refused --nats URL'),
    expect.stringContaining('depends_on'),
  ]);
});

it('a run that lived in this process says that nobody can decide it any more', () => {
  expect(conflictLines([conflict({ author: 'right' })], UNDECIDED)[3]).toContain('in a cluster (--nats)');
});

it('one that is decided says by whom and how, and nothing is left to do', () => {
  const resolved = { take: 'refused' as const, by: 'ann', atMs: 1, comment: 'newer', version: 3 };
  const taken = { ...resolved, take: { value: 7 }, by: 'ben', comment: '' };
  expect(conflictLines([conflict({ author: 'r' }, { resolved })], UNDECIDED)).toEqual([
    'decided 2-1    /shared/value: refused, by ann: newer',
  ]);
  expect(conflictLines([conflict({ author: 'r' }, { resolved: taken })], UNDECIDED)[0]).toContain(': 7, by ben');
});

it('a deletion is named, and a long value is cut', () => {
  expect(conflictLines([conflict({ author: 'right' })], () => [])[2]).toBe('  refused      deleted  by right');
  expect(conflictLines([conflict({ author: 'r', value: 'x'.repeat(500) })], () => [])[2]?.length).toBeLessThan(160);
});

it('nothing is said where there is none, and of very many only the first', () => {
  expect(conflictLines([], UNDECIDED)).toEqual([]);
  expect(
    conflictLines(
      Array.from({ length: 12 }, () => conflict({ author: 'r' })),
      UNDECIDED,
    ),
  ).toHaveLength(10 * 3 + 3);
});

import type { Conflict } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { conflictLines } from './conflict-lines.ts';

const conflict = (refused: Conflict['refused']): Conflict => ({
  ...{ id: 'c1', path: '/shared/value', version: 2, refused },
  kept: { author: 'left', value: { price: 3 } },
});

it('a conflict is told with both values, who wrote them, and what to do', () => {
  expect(conflictLines([conflict({ author: 'right', value: { price: 4 } })])).toEqual([
    'conflict       /shared/value',
    '  stands       {"price":3}  by left',
    '  refused      {"price":4}  by right',
    expect.stringContaining('depends_on'),
  ]);
});

it('a deletion is named, and a long value is cut', () => {
  expect(conflictLines([conflict({ author: 'right' })])[2]).toBe('  refused      deleted  by right');
  expect(conflictLines([conflict({ author: 'r', value: 'x'.repeat(500) })])[2]?.length).toBeLessThan(160);
});

it('nothing is said where there is none, and of very many only the first', () => {
  expect(conflictLines([])).toEqual([]);
  expect(conflictLines(Array.from({ length: 12 }, () => conflict({ author: 'r' })))).toHaveLength(10 * 3 + 2);
});

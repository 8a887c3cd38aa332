import { expect, it } from 'vitest';
import { exponentOf } from './growth.ts';

it('finds the exponent of a growth', () => {
  const of = (e: number) => [1, 10, 100].map((steps) => ({ steps, ms: 7 * steps ** e }));
  expect(exponentOf(of(1))).toBeCloseTo(1);
  expect(exponentOf(of(2))).toBeCloseTo(2);
});

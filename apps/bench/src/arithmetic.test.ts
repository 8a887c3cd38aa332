import { expect, it } from 'vitest';
import { median, percentile, perSecond, rounded } from './arithmetic.ts';

it('the median of an odd number of values is the middle one, in whatever order they came', () => {
  expect(median([9, 1, 5])).toBe(5);
});

it('the 99th percentile of a hundred values is the last but one', () => {
  expect(
    percentile(
      Array.from({ length: 100 }, (_, i) => i + 1),
      0.99,
    ),
  ).toBe(99);
});

it('a percentile of one value is that value, and of none is refused', () => {
  expect(percentile([7], 0.99)).toBe(7);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

it('fifty runs in half a second are a hundred a second', () => {
  expect(perSecond(50, 500)).toBe(100);
});

it('figures have three significant digits', () => {
  expect(rounded(1234.5)).toBe(1230);
  expect(rounded(0.012345)).toBe(0.0123);
});

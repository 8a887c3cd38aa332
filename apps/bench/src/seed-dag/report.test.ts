import { expect, it } from 'vitest';
import { ratiosOf, sideOf, targetsOf } from './report.ts';

const measured = (ms: number, totalMs: number) => {
  const of = { latenciesMs: [ms, ms, ms, ms], totalMs };
  return sideOf({ oneAtATime: of, concurrent: of });
};

it('a ratio of latency above 1 is slower than bare, a ratio of throughput below 1 too', () => {
  expect(ratiosOf(measured(6, 40), measured(2, 10))).toEqual({ latency: 3, throughput: 0.25 });
});

it('a target that is missed is said to be missed', () => {
  const side = measured(6, 40);
  expect(targetsOf(side, { latency: 4.1, throughput: 0.25 })).toMatchObject({
    'latency ratio <= 4': false,
    'throughput ratio >= 0.25': true,
  });
  expect(targetsOf(side, null)).toMatchObject({ 'runs/s >= 1000': false });
});

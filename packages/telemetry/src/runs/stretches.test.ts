import fc from 'fast-check';
import { expect, it } from 'vitest';
import { enter, newRow, stretchesOf } from './step-row.ts';
import { MAX_STRETCHES, PHASES, type Phase } from './stretches.ts';

it('however many phases a step goes through, what is remembered of them adds up and has no gap', () => {
  const phase = fc.constantFrom(...PHASES.filter((each) => each !== 'ended'));
  const move = fc.tuple(phase, fc.integer({ min: 0, max: 200 }));
  fc.assert(
    fc.property(fc.array(move, { minLength: MAX_STRETCHES, maxLength: 1_000, size: 'max' }), (moves) => {
      let [row, atMs] = [newRow('a', 'a', 0), 0];
      for (const [to, ms] of moves) {
        atMs += ms;
        row = enter(row, to, atMs);
      }
      const stretches = stretchesOf(enter(row, 'ended', atMs), atMs);
      expect(stretches.length).toBeLessThanOrEqual(MAX_STRETCHES);
      expect([stretches[0]?.fromMs, stretches.at(-1)?.toMs]).toEqual([0, atMs]);
      const sums: Partial<Record<Phase, number>> = {};
      let reachedMs = 0;
      for (const { phase: each, fromMs, toMs } of stretches) {
        expect(fromMs).toBe(reachedMs);
        reachedMs = toMs;
        sums[each] = (sums[each] ?? 0) + toMs - fromMs;
      }
      expect(sums).toEqual(enter(row, 'ended', atMs).spentMs);
    }),
    { numRuns: 50 },
  );
});

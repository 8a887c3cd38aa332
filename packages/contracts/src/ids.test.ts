import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptEpoch, fnv1a, ownerEpochOf, SHARD_COUNT, shardOf } from './ids.ts';
import { WORKFLOW_LIMITS } from './workflow/limits.ts';

const owner = fc.integer({ min: 0, max: 2 ** 29 - 1 });
const attempt = fc.integer({ min: 0, max: 2 ** 24 - 1 });

describe('the epoch of an attempt', () => {
  it('of a later owner is newer, whatever the earlier one had started', () => {
    fc.assert(
      fc.property(owner, attempt, attempt, (epoch, earlier, later) => {
        expect(attemptEpoch(epoch + 1, later)).toBeGreaterThan(attemptEpoch(epoch, earlier));
      }),
    );
  });
  it('grows with each attempt, stays exact, and tells its owner', () => {
    fc.assert(
      fc.property(owner, attempt, (epoch, n) => {
        const made = attemptEpoch(epoch, n);
        expect(Number.isSafeInteger(made)).toBe(true);
        expect(ownerEpochOf(made)).toBe(epoch);
        if (n > 0) expect(made).toBeGreaterThan(attemptEpoch(epoch, n - 1));
      }),
    );
  });
  it('is a new one even when every step of the largest workflow is tried as often as it may be', () => {
    const { steps, attempts } = WORKFLOW_LIMITS;
    expect(attemptEpoch(1, steps * attempts)).toBeGreaterThan(attemptEpoch(1, steps * attempts - 1));
    expect(ownerEpochOf(attemptEpoch(1, steps * attempts))).toBe(1);
  });
});

describe('shards', () => {
  it('are the same in every process and every version: runs would be lost otherwise', () => {
    // The published vectors of 32-bit FNV-1a.
    expect(['', 'a', 'foobar'].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    expect(['', 'a', 'foobar'].map((name) => shardOf(name))).toEqual([5, 44, 40]);
  });
  it('take runs about evenly', () => {
    const counts = new Array<number>(SHARD_COUNT).fill(0);
    for (let run = 0; run < 6_400; run += 1) {
      const shard = shardOf(`run-${run}`);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(160);
  });
});

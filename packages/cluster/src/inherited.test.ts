import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { Inherited } from './inherited.ts';
import type { Role } from './roles.ts';

const told: object[] = [];
const inherited = () => {
  told.length = 0;
  return new Inherited({ ...silentLogger, info: (fields) => void told.push(fields) });
};
const shards = (supervisor: readonly number[], context: readonly number[]): ReadonlyMap<Role, readonly number[]> =>
  new Map([
    ['supervisor', supervisor],
    ['context', context],
  ]);

describe('what a node took over', () => {
  it('is told in one line with its runs, once these are all here', () => {
    const all = inherited();
    all.from('dead', shards([1, 2, 3], [7]), new Map([[1, 4]]));
    all.settled(2, 1);
    all.settled(9, 100);
    expect(told).toEqual([]);
    all.settled(3);
    expect(told).toEqual([{ from: 'dead', shards: { supervisor: 3, context: 1 }, runs: 5 }]);
    all.settled(3, 1);
    expect(told).toHaveLength(1);
  });

  it('is told at once when no runs come with it', () => {
    inherited().from('dead', shards([], [7]), new Map());
    expect(told).toEqual([{ from: 'dead', shards: { supervisor: 0, context: 1 }, runs: 0 }]);
  });
});

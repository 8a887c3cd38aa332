import { describe, expect, it } from 'vitest';
import { versionOf, withCommit } from './history.ts';
import { contextOptions } from './options.ts';
import { type Commit, type ContextState, unopened } from './state.ts';

const entry = (step: string, generation = 0): Commit => ({ step, generation, epoch: 1, author: step, paths: [] });

const holding = (commits: readonly Commit[]): ContextState => ({
  ...unopened({ run: 'r1', limits: contextOptions.parse({}).limits }),
  commits,
});

describe('the version that a step and generation made', () => {
  it('is right on each of two lists that grew from one, whichever is asked first', () => {
    const trunk = [entry('a'), entry('b')];
    expect(versionOf(holding(trunk), entry('b'))).toBe(2);
    const [left, right] = [withCommit(trunk, entry('c')), withCommit(trunk, entry('d'))];
    expect(versionOf(holding(left), entry('c'))).toBe(3);
    expect(versionOf(holding(left), entry('d'))).toBe(0);
    expect(versionOf(holding(right), entry('d'))).toBe(3);
    expect(versionOf(holding(right), entry('c'))).toBe(0);
    // A list whose successor was thrown away, as after a failed append, knows nothing of it.
    expect(versionOf(holding(trunk), entry('c'))).toBe(0);
    expect(versionOf(holding(trunk), entry('a'))).toBe(1);
  });

  it('tells generations of one step apart, and no step for another', () => {
    const state = holding([entry('1 a'), entry('a', 1), entry('a', 11)]);
    expect(versionOf(state, entry('a', 1))).toBe(2);
    expect(versionOf(state, entry('a', 11))).toBe(3);
    expect(versionOf(state, entry('a'))).toBe(0);
    expect(versionOf(state, entry('1 a'))).toBe(1);
  });
});

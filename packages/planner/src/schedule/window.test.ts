import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyWindow } from './window.ts';

/** All that is in a window, in the order in which it would be taken. */
function drain(window: ReadyWindow): number[] {
  const taken: number[] = [];
  window.sweep(
    (node) => taken.push(node) > 0,
    () => true,
  );
  return taken;
}

describe('what is ready', () => {
  it('is gone through by rank, equal ranks by number, however small the window is', () => {
    const ranks = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(ranks, fc.integer({ min: 1, max: 8 }), (rank, size) => {
        const window = new ReadyWindow(rank, size);
        for (const node of rank.keys()) window.push(node);
        const wanted = rank.map((_, node) => node).sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || a - b);
        expect(drain(window)).toEqual(wanted);
      }),
    );
  });

  it('is looked at up to the window while nothing fits, and nothing is lost by it', () => {
    const window = new ReadyWindow([0, 1, 2, 3, 4, 5], 2);
    for (const node of [5, 4, 3, 2, 1, 0]) window.push(node);
    const looked: number[] = [];
    window.sweep(
      (node) => {
        looked.push(node);
        return node === 1;
      },
      () => true,
    );
    // 0 did not fit, 1 left, 2 moved up and did not fit: the window is full of what does not fit.
    expect(looked).toEqual([0, 1, 2]);
    expect(drain(window)).toEqual([0, 2, 3, 4, 5]);
  });

  it('is left as it is where nothing more can be taken', () => {
    const window = new ReadyWindow([0, 1, 2], 8);
    for (const node of [0, 1, 2]) window.push(node);
    let left = 1;
    const taken: number[] = [];
    window.sweep(
      (node) => {
        left -= 1;
        return taken.push(node) > 0;
      },
      () => left > 0,
    );
    expect(taken).toEqual([0]);
    expect(drain(window)).toEqual([1, 2]);
  });
});

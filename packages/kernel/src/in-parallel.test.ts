import { expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';

it('works on all items in order, so many at a time', async () => {
  const begun: number[] = [];
  let [now, most] = [0, 0];
  await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    begun.push(item);
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now -= 1;
  });
  expect([begun, most]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3]);
});

it('begins no other item once one has failed', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await new Promise(setImmediate);
    if (item === 1) throw new Error('broken');
  };
  await expect(inParallel(2, [1, 2, 3, 4, 5], work)).rejects.toThrow('broken');
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(begun).toEqual([1, 2]);
});

import type { AnyMessage } from '@tutti/contracts';
import type { Actor } from '@tutti/kernel';
import { expect, it } from 'vitest';
import { decidedBarriers } from './decided.ts';

const params = { shard: '1', run: 'r', group: 'g' };
const open = (round: number) => ({ type: 'barrier.open', round }) as unknown as AnyMessage;
const actor = (round: number) => ({ params, snapshot: { context: { round } } }) as unknown as Actor;

it('a barrier that is over is not opened again, except for its next round', () => {
  const { onActor, mayCreate } = decidedBarriers();
  expect(mayCreate(params, open(1))).toBe(true);
  onActor(actor(1), 'released');
  expect(mayCreate(params, open(1))).toBe(true);
  onActor(actor(1), 'retired');
  expect(mayCreate(params, open(1))).toBe(false);
  expect(mayCreate(params, open(2))).toBe(true);
  expect(mayCreate({ ...params, group: 'h' }, open(1))).toBe(true);
});

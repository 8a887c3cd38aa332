import type { AnyMessage } from '@tutti/contracts';
import type { Actor } from '@tutti/kernel';
import { expect, it } from 'vitest';
import { decidedBarriers } from './decided.ts';

const params = { shard: '1', run: 'r', group: 'g' };
const open = (round: number, ownerEpoch = 4) => ({ type: 'barrier.open', round, ownerEpoch }) as unknown as AnyMessage;
const actor = (round: number) => ({ params, ownerEpoch: 4, snapshot: { context: { round } } }) as unknown as Actor;

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

it('a newer owner of the run opens it again: a broker has lost the decision that the owner before had recorded', () => {
  const { onActor, mayCreate } = decidedBarriers();
  onActor(actor(1), 'retired');
  expect(mayCreate(params, open(1, 3))).toBe(false);
  expect(mayCreate(params, open(1, 4))).toBe(false);
  expect(mayCreate(params, open(1, 5))).toBe(true);
});

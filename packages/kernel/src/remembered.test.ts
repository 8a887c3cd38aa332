import type { AnyMessage } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { createRemembered, MAX_ANSWER, REPEATED } from './remembered.ts';

const answer = (value: unknown): AnyMessage =>
  ({ type: 'context.snapshot', run: 'r', version: 1, values: { '/x': value } }) as AnyMessage;

describe('remembered answers', () => {
  it('are given back, and are as many as they may be', () => {
    const remembered = createRemembered(2);
    for (const id of ['a', 'b', 'c']) remembered.set(id, answer(id));
    expect([remembered.get('a'), remembered.get('c')]).toEqual([undefined, answer('c')]);
  });

  it('are never large: a piece of a context is asked for again', () => {
    const remembered = createRemembered(10);
    remembered.set('a', REPEATED);
    for (const large of ['x'.repeat(MAX_ANSWER), Array.from({ length: MAX_ANSWER }, (_, i) => i)]) {
      remembered.set('a', answer(large));
      expect(remembered.get('a')).toBeUndefined();
    }
  });

  it('are bounded together', () => {
    const remembered = createRemembered(100_000);
    for (let i = 0; i < 2_000; i++) remembered.set(`id-${i}`, answer('x'.repeat(MAX_ANSWER / 2)));
    expect(remembered.size).toBeLessThan(1_100);
    expect(remembered.get('id-1999')).toBeDefined();
  });
});

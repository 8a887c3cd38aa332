import { describe, expect, it } from 'vitest';
import { Abort } from './abort.ts';

describe('an abort', () => {
  it('reaches a signal that was asked for before it and one that is asked for after it, with its first reason', () => {
    const [before, after] = [new Abort(), new Abort()];
    const { signal } = before;
    expect(signal.aborted).toBe(false);
    for (const abort of [before, after]) {
      abort.abort('first');
      abort.abort('second');
      expect([abort.signal.aborted, abort.signal.reason]).toEqual([true, 'first']);
      expect(() => abort.throwIfAborted()).toThrow('first');
    }
    expect(before.signal).toBe(signal);
  });
});

import { expect, it } from 'vitest';
import { remembering } from './remembering.ts';

it('remembers the entries used last, and no more than it was told', () => {
  const memory = remembering<number>(3);
  for (const [n, key] of ['a', 'b', 'c'].entries()) memory.set(key, n);
  expect(memory.get('a')).toBe(0);
  memory.set('d', 3);
  expect([...memory.keys()].sort()).toEqual(['a', 'c', 'd']);
});

import { expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

it('keeps what is asked for, and forgets what nobody asked for while as many others came twice', () => {
  const map = new BoundedMap<number, string>(3);
  map.set(0, 'asked for');
  map.set(1, 'not asked for');
  for (let key = 2; key < 100; key += 1) {
    map.set(key, String(key));
    expect(map.get(0)).toBe('asked for');
    expect(map.get(key)).toBe(String(key));
  }
  expect(map.get(1)).toBeUndefined();
  const kept = Array.from({ length: 100 }, (_, key) => map.get(key)).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(6);
});

it('takes the newest value of a key, and nothing is left once it is cleared', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('c', 3);
  map.set('a', 4);
  expect(map.get('a')).toBe(4);
  map.clear();
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([undefined, undefined, undefined]);
});

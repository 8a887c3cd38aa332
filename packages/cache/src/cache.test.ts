import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CacheOptions, createCache, ENTRY_OVERHEAD_BYTES } from './cache.ts';

/** Room for exactly `n` entries with one-letter keys and a value of `bytes`. */
const roomFor = (n: number, bytes: number): number => n * (ENTRY_OVERHEAD_BYTES + 1 + bytes);

function setup(options: Partial<CacheOptions<string>> = {}) {
  const clock = { at: 0 };
  const cache = createCache<string>({
    name: 'test',
    maxBytes: roomFor(3, 10),
    ttlMs: 'session_lifetime',
    now: () => clock.at,
    sizeOf: () => 10,
    ...options,
  });
  return { cache, clock };
}

describe('room', () => {
  it('evicts the least recently used of equals', () => {
    const { cache } = setup();
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key);
    expect([cache.has('a'), cache.has('b'), cache.has('c'), cache.has('d')]).toEqual([false, true, true, true]);
    expect(cache.stats()).toMatchObject({ entries: 3, evictions: 1, bytes: roomFor(3, 10) });
  });

  it('spares an old entry that was expensive to make and evicts a cheap one', () => {
    const { cache } = setup();
    cache.set('a', 'dear', { costMs: 10_000 });
    for (const key of ['b', 'c', 'd']) cache.set(key, key);
    expect([cache.has('a'), cache.has('b')]).toEqual([true, false]);
  });

  it('spares an old entry that is used often and evicts one that never was', () => {
    const { cache } = setup();
    cache.set('a', 'popular');
    for (let i = 0; i < 8; i++) cache.get('a');
    for (const key of ['b', 'c', 'd']) cache.set(key, key);
    expect([cache.has('a'), cache.has('b')]).toEqual([true, false]);
  });

  it('looks no further than its candidates, however low a score lies beyond them', () => {
    const { cache } = setup({ candidates: 1 });
    cache.set('a', 'dear', { costMs: 10_000 });
    for (const key of ['b', 'c', 'd']) cache.set(key, key);
    expect([cache.has('a'), cache.has('b')]).toEqual([false, true]);
  });

  it('lets go in the end of what is spared again and again and never used', () => {
    const { cache } = setup();
    cache.set('a', 'dear', { costMs: 10_000 });
    for (let i = 0; i < 12; i++) cache.set(String.fromCharCode(98 + i), 'cheap');
    expect(cache.has('a')).toBe(false);
  });

  it('refuses what is larger than the whole cache and drops the value it was to replace', () => {
    const { cache } = setup({ sizeOf: (value) => value.length });
    cache.set('a', 'small');
    expect(cache.set('a', 'x'.repeat(10_000))).toBe(false);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ refused: 1, entries: 0, bytes: 0 });
  });

  it('never holds more bytes than its limit and never loses what it just took', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      size: fc.nat(900),
      costMs: fc.nat(5_000),
      wait: fc.nat(40),
      read: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const maxBytes = 2_000;
        const { cache, clock } = setup({ maxBytes, ttlMs: 100, sizeOf: (value) => value.length });
        for (const { key, size, costMs, wait, read } of steps) {
          clock.at += wait;
          if (read) cache.get(key);
          else if (cache.set(key, 'x'.repeat(size), { costMs })) expect(cache.get(key)).toHaveLength(size);
          expect(cache.stats().bytes).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});

describe('time to live', () => {
  it('answers an entry until its time is over and not after, on a clock that starts at zero', () => {
    const { cache, clock } = setup({ ttlMs: 1_000 });
    cache.set('a', 'v');
    clock.at = 999;
    expect(cache.get('a')).toBe('v');
    clock.at = 1_000;
    expect(cache.get('a')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, expirations: 1, evictions: 0 });
  });

  it('keeps an entry of the session until the session is cleared', () => {
    const { cache, clock } = setup();
    cache.set('a', 'v');
    clock.at = Number.MAX_SAFE_INTEGER;
    expect(cache.get('a')).toBe('v');
    cache.clear();
    expect(cache.get('a')).toBeUndefined();
  });

  it('gives the room of an expired entry away before that of a live one', () => {
    const { cache, clock } = setup();
    cache.set('a', 'live');
    cache.set('b', 'short', { ttlMs: 5, costMs: 10_000 });
    cache.set('c', 'live');
    clock.at = 10;
    cache.get('a');
    cache.set('d', 'new');
    expect([cache.has('a'), cache.has('c'), cache.has('d')]).toEqual([true, true, true]);
    expect(cache.stats()).toMatchObject({ expirations: 1, evictions: 0 });
  });
});

describe('load', () => {
  it('makes a value once for all who ask at the same time, and counts its time as its cost', async () => {
    const { cache, clock } = setup();
    let made = 0;
    const make = async () => {
      made++;
      clock.at += 10_000;
      return 'value';
    };
    expect(await Promise.all([cache.load('a', make), cache.load('a', make)])).toEqual(['value', 'value']);
    expect(await cache.load('a', make)).toBe('value');
    for (const key of ['b', 'c', 'd']) cache.set(key, key);
    expect([made, cache.has('a'), cache.has('b')]).toEqual([1, true, false]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it('stores nothing when the making fails, and tries again', async () => {
    const { cache } = setup();
    await expect(cache.load('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.load('a', async () => 'yes')).toBe('yes');
  });
});

import { describe, expect, it } from 'vitest';
import {
  AWAY_AFTER_MS,
  BrokerHealth,
  type Failure,
  FORGET_AFTER_MS,
  MIN_SAMPLES,
  SLOW_FOR_MS,
  SLOW_MS,
  SLOW_WINDOW_MS,
  WELL_AFTER_MS,
} from './health.ts';

const FULL = { code: 'broker_full', message: 'no space' } as const;
const REFUSED = { code: 'broker_refused', message: 'no right' } as const;
const SILENT = { code: 'broker_unavailable', message: 'no answer' } as const;

/** A clock that the test moves, and writes that take what they are told to. */
function scripted() {
  const health = new BrokerHealth();
  let nowMs = 1_000;
  const begin = (store: 'log' | 'key_value' = 'log') => {
    const write = health.began(store, nowMs);
    return (failure?: Failure) => health.ended(write, nowMs, failure);
  };
  return {
    begin,
    pass: (ms: number) => (nowMs += ms),
    write(tookMs: number, failure?: Failure, store: 'log' | 'key_value' = 'log') {
      const end = begin(store);
      nowMs += tookMs;
      end(failure);
    },
    look: () => health.look(nowMs),
    condition: () => health.look(nowMs)?.condition,
    lost: () => health.disconnected(nowMs, 'gone'),
    back: () => health.connected(nowMs),
  };
}

describe('a broker', () => {
  it('is well while its answers come soon, whatever they are', () => {
    const { write, condition } = scripted();
    for (let n = 0; n < 100; n += 1) write(20);
    write(5, { code: 'fenced', message: 'somebody else' });
    write(5, { code: 'revision_conflict', message: 'somebody else' }, 'key_value');
    write(5, { code: 'log_full', message: 'one log' });
    expect(condition()).toBeUndefined();
  });

  it.each([
    ['full', FULL],
    ['refused', REFUSED],
  ] as const)('is %s with the first write that meets it, says which and since when', (condition, failure) => {
    const { write, look } = scripted();
    write(30, failure);
    expect(look()).toEqual({ condition, sinceMs: 1_000, detail: `journals: ${failure.message}` });
  });

  it('stays full while writes to one store fail, however well the other fares', () => {
    const { write, pass, condition, look } = scripted();
    for (let n = 0; n < 20; n += 1) {
      write(10, FULL);
      write(10, undefined, 'key_value');
      pass(1_000);
      expect(condition()).toBe('full');
    }
    expect(look()?.sinceMs).toBe(1_000);
  });

  it('is well again once a write got through and none failed for a while, and begins anew after that', () => {
    const { write, pass, condition, look } = scripted();
    write(10, FULL);
    write(10);
    expect(condition()).toBe('full');
    pass(WELL_AFTER_MS - 11);
    expect(condition()).toBe('full');
    pass(1);
    expect(condition()).toBeUndefined();
    write(10, FULL);
    expect(look()?.sinceMs).toBe(1_010 + WELL_AFTER_MS);
  });

  it('is not well again by a write that was under way before it failed', () => {
    const { begin, write, pass, condition } = scripted();
    const early = begin();
    pass(5);
    write(10, REFUSED);
    early();
    pass(WELL_AFTER_MS);
    expect(condition()).toBe('refused');
  });

  it('is not called full for ever by a node that writes no more', () => {
    const { write, pass, condition } = scripted();
    write(10, FULL);
    pass(FORGET_AFTER_MS - 1);
    expect(condition()).toBe('full');
    pass(1);
    expect(condition()).toBeUndefined();
  });

  it('is slow when half of the writes took too long for a while; a burst of slow ones is nothing', () => {
    const { write, pass, condition } = scripted();
    for (let n = 0; n < MIN_SAMPLES; n += 1) write(SLOW_MS + 1);
    expect(condition()).toBeUndefined();
    for (let ms = 0; ms < SLOW_FOR_MS; ms += SLOW_MS + 1) {
      expect(condition()).toBeUndefined();
      write(SLOW_MS + 1);
    }
    expect(condition()).toBe('slow');
    for (let n = 0; n < 30; n += 1) write(1);
    expect(condition()).toBeUndefined();
    pass(SLOW_WINDOW_MS);
    expect(condition()).toBeUndefined();
  });

  it('is away when writes wait without an answer, which is told before they end', () => {
    const { begin, pass, look, condition } = scripted();
    const end = begin();
    begin('key_value');
    pass(AWAY_AFTER_MS - 1);
    expect(condition()).toBeUndefined();
    pass(1);
    expect(look()).toEqual({ condition: 'away', sinceMs: 1_000, detail: '2 writes wait, the oldest for 2000 ms' });
    end();
    expect(condition()).toBeUndefined();
  });

  it('is not away while it answers others: one write that waits is its own matter', () => {
    const { begin, write, pass, condition } = scripted();
    begin();
    for (let n = 0; n < 5; n += 1) {
      pass(1_000);
      write(10);
      expect(condition()).toBeUndefined();
    }
  });

  it('is away when writes fail without an answer for a while, and well with the first that is answered', () => {
    const { write, condition } = scripted();
    write(100, SILENT);
    expect(condition()).toBeUndefined();
    write(AWAY_AFTER_MS - 100, SILENT);
    expect(condition()).toBe('away');
    write(10);
    expect(condition()).toBeUndefined();
  });

  it('is away as soon as the connection is lost, and not called slow for what waited meanwhile', () => {
    const { begin, lost, back, pass, look, condition } = scripted();
    const ends = Array.from({ length: 10 }, () => begin());
    lost();
    expect(look()).toMatchObject({ condition: 'away', detail: 'the connection is lost: gone' });
    pass(3_000);
    back();
    for (const end of ends) end();
    pass(SLOW_FOR_MS);
    expect(condition()).toBeUndefined();
  });

  it('is called by the worst of what is met', () => {
    const { write, lost, back, condition } = scripted();
    write(1, FULL, 'key_value');
    expect(condition()).toBe('full');
    write(1, REFUSED);
    expect(condition()).toBe('refused');
    lost();
    expect(condition()).toBe('away');
    back();
    expect(condition()).toBe('refused');
  });
});

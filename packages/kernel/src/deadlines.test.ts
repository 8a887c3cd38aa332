import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';
import type { Clock } from './ports.ts';

/** A clock that the test moves; the callbacks that are due are called in the order of their times. */
function world() {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  const clock = {
    monotonic: () => now,
    after: (ms: number, run: () => void) => {
      timers.push({ at: now + ms, run });
      return { cancel: () => undefined };
    },
  } as unknown as Clock;
  const advance = (ms: number): void => {
    const end = now + ms;
    for (let due = next(); due !== undefined && due.at <= end; due = next()) {
      now = due.at;
      timers = timers.filter((t) => t !== due);
      due.run();
    }
    now = end;
  };
  const next = () => [...timers].sort((a, b) => a.at - b.at)[0];
  const late: string[] = [];
  const deadlines = new Deadlines(clock);
  const call = (name: string, timeoutMs: number) => {
    const made = { isOpen: true, late: () => void late.push(`${name} at ${now}`) };
    deadlines.add(made, timeoutMs);
    return made;
  };
  return { advance, call, late, timers: () => timers.length };
}

describe('deadlines', () => {
  it('tell each call that is open at its time, once, and none that was answered', () => {
    const { advance, call, late } = world();
    call('a', 100);
    advance(30);
    const b = call('b', 100);
    call('c', 20);
    advance(10);
    call('d', 100);
    b.isOpen = false;
    advance(1_000);
    expect(late).toEqual(['c at 50', 'a at 100', 'd at 140']);
  });

  it('keep one timer for all calls of one length, and none when all are over', () => {
    const { advance, call, timers } = world();
    for (let n = 0; n < 5_000; n++) call('x', 2_000).isOpen = n % 100 === 0;
    expect(timers()).toBe(1);
    advance(10_000);
    expect(timers()).toBe(0);
  });

  it('tell of a call that begins while others are told of their end', () => {
    const { advance, call, late } = world();
    const first = call('first', 50);
    first.late = () => {
      late.push('first');
      call('second', 50);
    };
    advance(200);
    expect(late).toEqual(['first', 'second at 100']);
  });
});

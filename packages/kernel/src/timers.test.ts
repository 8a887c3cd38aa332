import { describe, expect, it } from 'vitest';
import type { Clock } from './ports.ts';
import type { Step } from './stepper.ts';
import { createTimers } from './timers.ts';

/** A wall clock that is set by hand, and what was asked of it. */
function scene(nowMs: number) {
  const wall = { nowMs };
  const waits: number[] = [];
  const rings: (() => void)[] = [];
  const state = { breaks: false };
  const clock: Pick<Clock, 'now' | 'after'> = {
    now: () => wall.nowMs,
    after: (delayMs, callback) => {
      waits.push(delayMs);
      rings.push(callback);
      return { cancel: () => undefined };
    },
  };
  return { wall, waits, rings, state, timers: createTimers(clock as Clock, () => !state.breaks) };
}

const sets = (id: string, delayMs: number): Step => ({
  snapshot: {} as Step['snapshot'],
  effects: [],
  set: [{ id, delayMs, event: { type: `timer.${id}` } }],
  cleared: [],
});

describe('timers as plain data', () => {
  it('are those that are set, and those whose step broke', () => {
    const { wall, rings, state, timers } = scene(10_000_000);
    timers.apply(sets('good', 10), wall.nowMs);
    timers.apply(sets('bad', 20), wall.nowMs);
    timers.apply(sets('later', 30), wall.nowMs);
    rings[0]?.();
    state.breaks = true;
    rings[1]?.();
    expect(timers.freeze().map(({ id }) => id)).toEqual(['bad', 'later']);
    timers.apply({ ...sets('x', 1), set: [], cleared: ['bad'] }, wall.nowMs);
    expect(timers.freeze().map(({ id }) => id)).toEqual(['later']);
  });
});

describe('timers on a wall clock', () => {
  it('wait no longer than they were set for when the clock was set back meanwhile', () => {
    const { wall, waits, timers } = scene(10_000_000);
    const at = wall.nowMs;
    wall.nowMs -= 3_600_000;
    timers.apply(sets('retry', 1_000), at);
    expect(waits).toEqual([1_000]);
  });

  it('count from the logged time when they are armed again, and fire at once when that is over', () => {
    const { waits, timers } = scene(100_000);
    timers.apply(sets('half', 60_000), 70_000, true);
    timers.apply(sets('over', 5_000), 70_000, true);
    timers.arm();
    expect(waits).toEqual([30_000, 0]);
  });
});

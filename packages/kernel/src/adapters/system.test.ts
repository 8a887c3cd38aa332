import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './system.ts';

const DAY_MS = 86_400_000;

describe('the clock of the process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits as long as it was asked to, also beyond the 24.8 days of one timer', () => {
    let calls = 0;
    systemClock.after(60 * DAY_MS, () => void calls++);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
  });

  it('can be told to wait no longer, also when it waits for the second time', () => {
    let calls = 0;
    const timer = systemClock.after(60 * DAY_MS, () => void calls++);
    vi.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(calls).toBe(0);
  });
});

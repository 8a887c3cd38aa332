import type { Clock } from '@tutti/kernel';
import { expect, it } from 'vitest';
import { agentOptions } from '../options.ts';
import { Beats } from './beats.ts';

/** Beats a second when something changes every millisecond, in a process of so many instances. */
function beatsASecond(instances: number): number {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  };
  const clock = { monotonic: () => now, after } as unknown as Clock;
  let sent = 0;
  const random = { next: () => 0.5 };
  const beats = new Beats(
    { clock, random },
    agentOptions.parse({}),
    () => instances,
    () => {
      sent += 1;
    },
  );
  beats.beat();
  for (sent = 0; now < 1_000; now += 1) {
    for (const timer of [...timers].filter(({ at }) => at <= now)) if (timers.delete(timer)) timer.run();
    beats.changed();
  }
  return sent;
}

it('changes are told at once in a small process, and no more than a thousand rows a second in a large one', () => {
  expect(beatsASecond(4)).toBeGreaterThanOrEqual(18);
  expect(beatsASecond(4)).toBeLessThanOrEqual(20);
  expect(beatsASecond(400)).toBeLessThanOrEqual(3);
  expect(beatsASecond(100_000)).toBeLessThanOrEqual(1);
});

import { describe, expect, it } from 'vitest';
import type { Actor } from './actor.ts';
import { Passivation } from './passivation.ts';
import type { Clock } from './ports.ts';

/** Actors as they stand, and a clock that the test moves. */
function world(given: Readonly<Record<string, { usedAtMs: number; resting: boolean }>>) {
  let now = 0;
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  const actors = new Map<string, Actor>();
  for (const [id, state] of Object.entries(given)) {
    actors.set(id, { ...state, stop: () => void actors.delete(id) } as unknown as Actor);
  }
  const after = (ms: number, run: () => void) => {
    timers.push({ at: now + ms, run });
    return { cancel: () => undefined };
  };
  const passivation = new Passivation({ monotonic: () => now, after } as unknown as Clock, actors, 100);
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 10) {
      for (const timer of timers.splice(0)) timer.at <= now ? timer.run() : timers.push(timer);
    }
  };
  return { passivation, pass, left: () => [...actors.keys()], timers };
}

describe('a host that is asked to keep little in memory', () => {
  it('lets go of who only waits for messages, after its resting time and not before', () => {
    const { passivation, pass, left, timers } = world({
      old: { usedAtMs: 0, resting: true },
      young: { usedAtMs: 90, resting: true },
      timed: { usedAtMs: 0, resting: false },
    });
    passivation.arm();
    passivation.arm();
    expect(timers).toHaveLength(1);
    pass(100);
    expect(left()).toEqual(['old', 'young', 'timed']);
    pass(60);
    expect(left()).toEqual(['young', 'timed']);
    pass(100);
    expect(left()).toEqual(['timed']);
    expect(timers).toHaveLength(1);
  });

  it('does not look any more when there is nobody', () => {
    const { passivation, pass, left, timers } = world({ only: { usedAtMs: 0, resting: true } });
    passivation.arm();
    pass(200);
    expect([left(), timers]).toEqual([[], []]);
  });
});

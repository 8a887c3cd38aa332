import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { pause } from './pause.adapter.ts';

const never = new AbortController().signal;

/** How often the garbage collector ran while something was done. */
async function collectionsOf(work: () => Promise<void>): Promise<number> {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  await work();
  count += observer.takeRecords().length;
  observer.disconnect();
  return count;
}

it('a pause ends no earlier than it is told', async () => {
  for (const ms of [0, 0.5, 1, 3, 12]) {
    const at = performance.now();
    await pause(ms, never);
    expect(performance.now() - at).toBeGreaterThanOrEqual(ms);
  }
});

it('a pause that is not wanted any more ends early, in its turns as in its timer', async () => {
  for (const ms of [1, 60_000]) {
    const unwanted = new AbortController();
    const paused = pause(ms, unwanted.signal);
    unwanted.abort(new Error('not wanted'));
    await expect(paused).rejects.toThrow();
  }
});

/** The same by promises, one a turn: what is simplest to write. */
async function promisedTurns(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await turn(undefined, { signal: never });
}

it('the turns of pauses leave the garbage collector little: it would run in the time that is measured', async () => {
  const repeat = (work: () => Promise<void>) => async () => {
    for (let n = 0; n < 300; n += 1) await work();
  };
  const own = await collectionsOf(repeat(() => pause(1, never)));
  const promised = await collectionsOf(repeat(() => promisedTurns(1)));
  expect(promised).toBeGreaterThan(4);
  expect(own).toBeLessThan(promised / 2);
});

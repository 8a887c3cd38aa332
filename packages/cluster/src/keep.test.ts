/** Which ended runs a node purges, by a clock that the test turns. */
import { SHARD_COUNT, shardOf, TuttiError } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { type Keep, PURGED_AT_ONCE, Retention, SWEEP_MS } from './retention.ts';

function world(keep: Keep, shards = SHARD_COUNT) {
  let nowMs = 1_000_000;
  let timers: { atMs: number; run: () => void }[] = [];
  const purged: string[] = [];
  const failing = new Map<string, TuttiError>();
  let atOnce = 0;
  let mostAtOnce = 0;
  const retention = new Retention(
    {
      clock: {
        now: () => nowMs,
        monotonic: () => nowMs,
        after(delayMs, run) {
          const timer = { atMs: nowMs + delayMs, run };
          timers.push(timer);
          const cancel = (): void => {
            timers = timers.filter((each) => each !== timer);
          };
          return { cancel };
        },
      },
      log: silentLogger,
      async purge(run) {
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await Promise.resolve();
        atOnce--;
        const error = failing.get(run);
        if (error !== undefined) throw error;
        purged.push(run);
      },
      shards: () => shards,
    },
    keep,
  );
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    ...{ retention, purged, failing, settled },
    most: () => mostAtOnce,
    timers: () => timers.length,
    async pass(ms: number) {
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { run } of due) run();
      await settled();
    },
    async end(run: string, agoMs = 0) {
      retention.ended(run, nowMs - agoMs);
      await settled();
    },
  };
}

describe('what is kept of ended runs', () => {
  it('is all of them by default, and nothing is remembered or timed for it', async () => {
    const { end, purged, timers } = world({});
    for (const run of ['r1', 'r2']) await end(run);
    expect([purged, timers()]).toEqual([[], 0]);
  });

  it('is so many, the newest by their end, whatever the order in which the node heard of them', async () => {
    const { end, purged } = world({ runs: 2 });
    await end('new', 10);
    await end('oldest', 300);
    await end('old', 200);
    expect(purged).toEqual(['oldest']);
    await end('newest', 0);
    expect(purged).toEqual(['oldest', 'old']);
  });

  it('is the share of the shards that the node owns', async () => {
    const { end, purged } = world({ runs: 6 }, SHARD_COUNT / 2);
    for (const run of ['r1', 'r2', 'r3', 'r4']) await end(run);
    expect(purged).toEqual(['r1']);
  });

  it('is everything while shards move: a share of the runs may not be a share of the shards', async () => {
    const { retention, end, pass, purged } = world({ runs: 1 });
    retention.moved();
    for (const run of ['r1', 'r2', 'r3']) await end(run);
    expect(purged).toEqual([]);
    await pass(SWEEP_MS);
    expect(purged).toEqual(['r1', 'r2']);
  });

  it('is what ended of late', async () => {
    const { end, pass, purged } = world({ forMs: 3 * SWEEP_MS });
    await end('old', 2.5 * SWEEP_MS);
    await end('new');
    expect(purged).toEqual([]);
    await pass(SWEEP_MS);
    expect(purged).toEqual(['old']);
  });

  it('does not count a run that goes on, nor one whose shard has left', async () => {
    const { retention, end, pass, purged } = world({ runs: 1 });
    await end('r1');
    retention.goesOn('r1');
    await end('r2');
    retention.lost(shardOf('r2'));
    await pass(SWEEP_MS);
    await end('r3');
    expect(purged).toEqual([]);
  });

  it('is purged a few at a time', async () => {
    const { retention, purged, settled, most } = world({ runs: 0 });
    const runs = Array.from({ length: 3 * PURGED_AT_ONCE }, (_, i) => `r${i}`);
    for (const run of runs) retention.ended(run, 1);
    await settled();
    expect([purged, most()]).toEqual([runs, PURGED_AT_ONCE]);
  });

  it('is tried again when a purge fails, and left alone when the run goes on or is another node’s', async () => {
    const { failing, end, pass, purged } = world({ runs: 0 });
    failing.set('r1', new TuttiError('request_timeout', 'no answer'));
    failing.set('r2', new TuttiError('run_active', 'it goes on'));
    for (const run of ['r1', 'r2']) await end(run);
    failing.clear();
    expect(purged).toEqual([]);
    await pass(SWEEP_MS);
    expect(purged).toEqual(['r1']);
  });
});

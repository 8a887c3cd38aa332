import { describe, expect, it } from 'vitest';
import { clockOfTest } from './clock.fixture.ts';
import { FORGET_MS, type Forgetful, Forgetting, HOLD_MS } from './forgetting.ts';

/** What hosts of a run do to let go of it. */
const letting = (forget: () => Promise<void>): Forgetful => ({
  hosts: [{ forget }],
  barriers: { forget: () => undefined },
});
const watch = (forgetting: Forgetting) =>
  forgetting.watched({ allow: async () => undefined, failed: () => undefined }).allow;

describe('a node that lets go of a run', () => {
  it('says so when that takes too long, for whoever purges waits', async () => {
    const clock = clockOfTest();
    const forgotten = new Forgetting(clock).forget(
      'r',
      letting(() => new Promise(() => undefined)),
    );
    clock.pass(FORGET_MS);
    await expect(forgotten).rejects.toMatchObject({ code: 'request_timeout' });
  });

  it('waits no longer than it takes, and lets the run be loaded again once that was long ago', async () => {
    const clock = clockOfTest();
    const forgetting = new Forgetting(clock);
    const allow = watch(forgetting);
    await forgetting.forget(
      'r',
      letting(() => Promise.resolve()),
    );
    expect(clock.isIdle).toBe(true);
    expect(() => allow({ run: 'r' })).toThrow(/is being purged/);
    clock.pass(HOLD_MS);
    await allow({ run: 'r' });
  });
});

import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const chain = workflow('w', (w) => {
  const a = w.step('a', { retry: { max_attempts: 2, backoff: '1_seconds' } });
  w.step('b', { depends_on: [a.completion] });
  w.step('c');
});
const pause = { type: 'run.pause', run: 'r', by: 'ann', reason: 'to look' };
const resume = { type: 'run.resume', run: 'r', by: 'ben' };
const TIMEOUT_MS = 60_000;

const world = () => new RunWorld(chain).opened();

describe('a paused run', () => {
  it('gives back what waits for the pool, lets what runs end, and starts nothing that follows', () => {
    const t = world().place('a').forget().take(pause);
    expect(t.sent('resource.acquire')).toMatchObject([{ requests: [], release: [expect.stringMatching(/^r\/c\//)] }]);
    expect(t.of('c')).toMatchObject({ status: 'pending', attempt: 0, waitsOn: { kind: 'pause', names: ['ann'] } });
    t.forget().commit('a');
    expect(t.of('a').status).toBe('succeeded');
    expect(t.of('b')).toMatchObject({ status: 'pending', waitsOn: { kind: 'pause' } });
    expect(t.sent('resource.acquire').flatMap(({ requests }) => requests)).toEqual([]);
    expect(t.customs('place')).toEqual([]);
  });

  it('says since when, by whom and why; who pauses it again changes none of that', () => {
    const t = world().take(pause);
    const first = t.replies().at(-1);
    expect(first).toMatchObject({ type: 'run.state', paused: { by: 'ann', reason: 'to look', sinceMs: 1_030 } });
    t.take({ ...pause, by: 'eve' });
    expect(t.replies().at(-1)).toMatchObject({ paused: (first as { paused: object }).paused });
    expect(t.events('run.paused')).toEqual([{ by: 'ann', reason: 'to look' }]);
  });

  it('asks for everything that could have started when it goes on, under new epochs', () => {
    const t = world();
    const before = t.of('c').epoch;
    t.take(pause).forget().take(resume);
    expect(t.run.paused).toBeUndefined();
    expect(t.of('c')).toMatchObject({ status: 'queued', attempt: 1 });
    expect(t.of('c').epoch).toBeGreaterThan(before);
    expect(t.sent('resource.acquire').flatMap(({ requests }) => requests.map(({ step }) => step))).toEqual(['a', 'c']);
    expect(t.events('run.resumed')).toEqual([{ by: 'ben', pausedMs: 10 }]);
    t.forget().take(resume);
    expect(t.events('run.resumed')).toEqual([]);
    expect(t.replies()).toMatchObject([{ type: 'run.state' }]);
  });

  it('ignores a grant that was on its way: the pool has that lease back', () => {
    const t = world();
    const { lease } = t.of('c');
    t.take(pause).forget();
    t.take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
    expect(t.of('c').status).toBe('pending');
    expect(t.customs('place')).toEqual([]);
  });

  it('holds a step whose placing found no instance, or whose pause between attempts is over', () => {
    const t = world().place('a').grant('c').take(pause);
    t.take({ type: 'attempt.unplaced', ...t.ref('c'), reason: 'busy' });
    expect(t.of('c')).toMatchObject({ status: 'pending', held: false, waitsOn: { kind: 'pause' } });
    const error = { code: 'agent_failed', message: 'no', retryable: true };
    t.take({ type: 'attempt.failed', ...t.ref('a'), error });
    expect(t.of('a').status).toBe('backoff');
    t.take({ type: 'timer.retry', step: 'a' });
    expect(t.of('a').status).toBe('pending');
    t.forget().take(resume);
    expect([t.of('a').status, t.of('c').status]).toEqual(['queued', 'queued']);
    expect(t.of('a').attempt).toBe(2);
  });

  it('stays paused under another owner, which adopts what runs and asks for nothing', () => {
    const t = world().place('a').take(pause).recover().opened();
    t.forget().surveyed({ ...t.ref('a'), instance: 'i-a' });
    expect(t.run).toMatchObject({ phase: 'running', paused: { by: 'ann' } });
    expect([t.of('a').status, t.of('c').status]).toEqual(['running', 'pending']);
    expect(t.sent('resource.acquire').flatMap(({ requests }) => requests)).toEqual([]);
  });

  it('is held also where its new owner does not know yet what runs, and goes on from there', () => {
    const t = world().recover().take(pause).opened().forget().surveyed();
    expect([t.of('a').status, t.of('c').status]).toEqual(['pending', 'pending']);
    expect(t.sent('resource.acquire').flatMap(({ requests }) => requests)).toEqual([]);
    t.take(resume);
    expect([t.of('a').status, t.of('c').status]).toEqual(['queued', 'queued']);
  });

  it('is cancelled like any other, and is then no longer paused', () => {
    const t = world().take(pause).take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'cancelled', paused: undefined });
  });

  it('is refused, and so is going on, once the run ends', () => {
    const t = world().take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    for (const order of [pause, resume]) {
      t.forget().take(order);
      expect(t.replies()).toMatchObject([{ type: 'error', error: { code: 'run_finished' } }]);
    }
    expect(t.run.phase).toBe('ended');
  });
});

describe('time that stands still in a pause', () => {
  const joined = workflow('w', (w) => {
    w.about({ timeout: '60_seconds' });
    const members = ['a', 'b'].map((id) => w.step(id, { on_failure: 'continue' }));
    w.group('g', members, { synchronization_strategy: { timeout: '20_seconds' } });
  });
  const group = (t: RunWorld) => t.run.groups['g'];

  it('moves the deadline of an open barrier, which decides nothing meanwhile', () => {
    const t = new RunWorld(joined).opened().place('a').forget();
    const openedAtMs = group(t)?.openedAtMs ?? 0;
    t.take(pause);
    expect(t.sent('barrier.cancel')).toHaveLength(1);
    t.close('aborted', ['a', 'b']);
    expect(group(t)?.phase).toBe('open');
    t.forget().commit('a').take({ type: 'timer.sync' }).take({ type: 'timer.barrier', group: 'g' });
    expect([...t.sent('barrier.arrive'), ...t.sent('barrier.open')]).toEqual([]);
    t.forget().take(resume);
    const pausedMs = 50;
    expect(t.sent('barrier.open')).toMatchObject([
      { round: 2, openedAtMs: openedAtMs + pausedMs, arrivals: [{ member: 'a', status: 'succeeded' }] },
    ]);
    t.close('partial', ['b'], 2);
    expect(group(t)).toMatchObject({ phase: 'closed', decision: 'partial' });
  });

  it('still lets the group fall back to one after another once', () => {
    const t = new RunWorld(
      workflow('w', (w) => {
        const members = ['a', 'b'].map((id) => w.step(id, { on_failure: 'continue' }));
        w.group('g', members, { synchronization_strategy: { partial_failure_handling: 'abort_and_fallback' } });
      }),
    ).opened();
    t.place('a').take(pause).take(resume).fail('a').close('aborted', ['a', 'b'], 2);
    expect(group(t)).toMatchObject({ phase: 'falling_back', queue: ['a', 'b'] });
  });

  it('moves the time-out of the run', () => {
    const t = new RunWorld(joined).opened();
    expect(t.take(pause).cleared).toContain('run');
    t.take(resume);
    const [timer] = t.set.filter(({ id }) => id === 'run');
    // Submitted at 1,010; 10 ms until the context was there, 10 more until the pause, which took none of the time.
    expect(timer?.delayMs).toBe(TIMEOUT_MS - 20);
  });
});

import { keepMsOf } from '@tutti/contracts';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const ALONE_MS = 20_000;
const KEEP_MS = keepMsOf(ALONE_MS);

const definition = workflow('w', (w) => void w.step('a'));
const world = (): RunWorld => new RunWorld(definition, planWorkflow(definition), { aloneMs: ALONE_MS }).opened();

/** Its step ran at an instance that is not heard of any more, and is wanted again; the lease of the first attempt. */
function unheard(): { readonly run: RunWorld; readonly lease: string } {
  const run = world().place('a');
  const { lease = '' } = run.of('a');
  run.forget().take({ type: 'attempt.lost', ...run.ref('a'), instance: 'i-a', reason: 'silent', keepMs: KEEP_MS });
  return { run, lease };
}

const released = (run: RunWorld): string[] => run.sent('resource.acquire').flatMap(({ release }) => release);
const heldBy = (run: RunWorld): string[] => run.sent('resource.sync').flatMap(({ held }) => held.map((h) => h.lease));
const again = (run: RunWorld): RunWorld => run.take({ type: 'timer.retry', step: 'a' });

describe('the lease of an attempt that was given up unheard', () => {
  it('is held for as long as the attempt may go on, beside the one of the next attempt', () => {
    const { run, lease } = unheard();
    expect(run.of('a').status).toBe('backoff');
    expect(run.set).toContainEqual({ id: `kept.${lease}`, delayMs: KEEP_MS, event: { type: 'timer.kept', lease } });
    again(run).place('a');
    expect(released(run)).toEqual([]);
    run.forget().take({ type: 'timer.sync' });
    expect(heldBy(run).sort()).toEqual([run.of('a').lease, lease].sort());
    run.forget().take({ type: 'timer.kept', lease });
    expect(released(run)).toEqual([lease]);
    run.forget().take({ type: 'timer.sync' });
    expect(heldBy(run)).toEqual([run.of('a').lease]);
  });

  it('is given back as soon as its outcome comes late, though nobody wants that any more', () => {
    const { run, lease } = unheard();
    const late = run.ref('a');
    again(run).place('a').forget();
    const result = { status: 'failed', error: { code: 'agent_cancelled', message: 'stopped', retryable: false } };
    const times = { startedAtMs: 0, endedAtMs: 1 };
    run.take({ type: 'attempt.outcome', ...late, instance: 'i-a', role: 'a', base: 0, ...times, result });
    expect(run.takeOwn().run.kept).toBeUndefined();
    expect(released(run)).toEqual([lease]);
    expect(run.cleared).toContain(`kept.${lease}`);
  });

  it('keeps a run that has ended, whose outcome is told all the same when it is stored, and not before', () => {
    const { run } = unheard();
    again(run).place('a').forget().commit('a');
    expect(run.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect([run.did('retire'), run.did('firm')]).toEqual([false, true]);
  });

  it('is given back when its process is heard of again and does not name the attempt', () => {
    const { run, lease } = unheard();
    const late = run.ref('a');
    again(run).place('a').forget();
    run.take({ type: 'attempt.lost', ...late, instance: 'i-a', reason: 'its process no longer runs it' });
    expect(released(run)).toEqual([lease]);
    expect(run.of('a').status).toBe('running');
  });

  it('is given back at once when the attempt is known to be over', () => {
    const run = world().place('a').forget();
    const { lease } = run.of('a');
    run.take({ type: 'attempt.lost', ...run.ref('a'), instance: 'i-a', reason: 'its process left' });
    expect(released(run)).toEqual([lease]);
  });

  it('keeps its run with its owner, though not from ending: a new pool has to hear of it', () => {
    const { run, lease } = unheard();
    again(run).place('a').forget().commit('a');
    expect(run.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(run.did('emit')).toBe(true);
    expect(run.did('retire')).toBe(false);
    run.forget().take({ type: 'resource.announce', pool: 'default' });
    expect(heldBy(run)).toEqual([lease]);
    run.forget().recover();
    expect(heldBy(run)).toEqual([lease]);
    run.forget().take({ type: 'timer.kept', lease });
    expect(released(run)).toEqual([lease]);
    expect(run.did('retire')).toBe(true);
  });
});

describe('an attempt of which nothing is heard', () => {
  it('keeps its lease when it is told to stop and does not say that it has', () => {
    const run = world().place('a').forget();
    const { lease, epoch } = run.of('a');
    run.take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    const stop = run.set.find(({ id }) => id === 'stop.a');
    expect(stop?.event).toEqual({ type: 'timer.stop', step: 'a', epoch, keepMs: KEEP_MS });
    run.take(stop?.event as never);
    expect(run.run.phase).toBe('ended');
    expect(released(run)).toEqual([]);
    expect(run.run.kept).toMatchObject([{ lease, step: 'a' }]);
  });

  it('keeps its lease when it outlives its time-out', () => {
    const run = world().place('a');
    const { lease, epoch } = run.of('a');
    const event = run.set.find(({ id }) => id === 'step.a')?.event;
    expect(event).toEqual({ type: 'timer.step', step: 'a', epoch, keepMs: KEEP_MS });
    run.forget().take(event as never);
    expect(run.run.kept).toMatchObject([{ lease }]);
    expect(released(run)).toEqual([]);
  });

  it('keeps its lease when its owner died and nobody names it', () => {
    const run = world().place('a');
    const { lease } = run.of('a');
    const unheard = [{ step: 'a', keepMs: KEEP_MS }];
    run.recover().opened().forget().take({ type: 'attempt.surveyed', run: 'r', found: [], unheard });
    expect(run.of('a')).toMatchObject({ status: 'queued' });
    expect(run.run.kept).toMatchObject([{ lease }]);
    expect(heldBy(run)).toEqual([lease]);
  });

  it('takes its lease with it when a later owner finds it at work', () => {
    const { run, lease } = unheard();
    const found = { ...run.ref('a'), instance: 'i-a' };
    run.recover().opened().forget().surveyed(found);
    expect(run.of('a')).toMatchObject({ status: 'running', lease, held: true });
    expect(run.run.kept).toBeUndefined();
    expect(run.cleared).toContain(`kept.${lease}`);
  });

  it('keeps its lease when nobody could be asked, and the time for that of an owner before counts no more', () => {
    const run = world().place('a');
    const { lease } = run.of('a');
    run.recover().opened();
    const event = run.set.find(({ id }) => id === 'survey')?.event;
    expect(event).toEqual({ type: 'timer.survey', keepMs: KEEP_MS });
    run.recover();
    expect(run.cleared).toContain('survey');
    run
      .opened()
      .forget()
      .take(event as never);
    expect(run.run.kept).toMatchObject([{ lease }]);
    expect(released(run)).toEqual([]);
  });

  it('does not hold its lease when it was never begun', () => {
    const run = world().grant('a').forget();
    const { lease } = run.of('a');
    run.take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(run.run.phase).toBe('cancelling');
    run.take({ type: 'attempt.unplaced', ...run.ref('a'), reason: 'busy' }).takeOwn();
    expect(run.run.phase).toBe('ended');
    expect(released(run)).toEqual([lease]);
  });
});

describe('what a run gives back', () => {
  const failure = { call: 'acquire', code: 'request_timeout', message: 'no answer', retryable: true };

  it('is said again when that was lost, though nothing is held or wanted any more', () => {
    const run = world().place('a').commit('a');
    expect(run.run.phase).toBe('ended');
    run.forget().take({ type: 'call.failed', ...failure });
    const event = run.set.find(({ id }) => id === 'sync')?.event;
    run.take(event as never);
    expect(run.sent('resource.sync')).toMatchObject([{ held: [], wanted: [] }]);
    // Once it is said nothing is left to say.
    expect(run.set.filter(({ id }) => id === 'sync')).toEqual([]);
  });

  it('is what was granted after it was withdrawn, too', () => {
    const run = world();
    const { lease = '' } = run.of('a');
    run.take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(run.run.phase).toBe('ended');
    run.forget().take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
    expect(released(run)).toEqual([lease]);
  });
});

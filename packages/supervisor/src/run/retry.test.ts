import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { stepsIn } from './graph.ts';

/** a → b → c, and d beside them. */
const chain = workflow('w', (w) => {
  const a = w.step('a', { retry: 1 });
  const b = w.step('b', { depends_on: [a.completion], retry: 1 });
  w.step('c', { depends_on: [b.completion] });
  w.step('d', { on_failure: 'continue', retry: 1 });
});
let requests = 0;
const retry = (step?: string, request = `q${++requests}`) => {
  return { type: 'run.retry', run: 'r', by: 'ann', request, ...(step === undefined ? {} : { step }) };
};
const code = (t: RunWorld) => (t.replies().at(-1) as { error?: { code: string } } | undefined)?.error?.code;
const statusOf = (t: RunWorld) => Object.fromEntries(stepsIn(t.run).map(([id, s]) => [id, s.status]));
const asked = (t: RunWorld) => t.sent('resource.acquire').flatMap(({ requests: all }) => all.map(({ step }) => step));

/** a succeeded, b failed, and the run with it; d was done before. */
const failedRun = () => {
  const t = new RunWorld(chain).opened();
  t.place('d').commit('d').place('a').commit('a', { version: 2 }).place('b').fail('b');
  expect(t.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
  return t.forget();
};

describe('a run that is retried', () => {
  it('keeps what is finished; what failed and what follows from it begins anew', () => {
    const t = failedRun();
    const before = t.of('b');
    t.take(retry());
    expect(statusOf(t)).toEqual({ a: 'succeeded', b: 'queued', c: 'pending', d: 'succeeded' });
    expect(t.of('b')).toMatchObject({ attempt: 2, generation: 1, failures: 0, error: undefined });
    expect(t.of('b').epoch).toBeGreaterThan(before.epoch);
    expect(t.run).toMatchObject({ phase: 'running', outcome: undefined, error: undefined, retries: 1 });
    expect(t.events('run.retried')).toEqual([{ by: 'ann', steps: ['b', 'c'], kept: 2 }]);
    expect(asked(t)).toEqual(['b']);
    expect(t.did('revive')).toBe(true);
  });

  it('records its outcome anew', () => {
    const t = failedRun().take(retry()).opened().place('b').commit('b', { generation: 1 });
    t.place('c').commit('c', { generation: 1 });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(t.events('run.finished')).toMatchObject([{ outcome: 'succeeded', succeeded: 4 }]);
  });

  it('from a step that succeeded does it again, and all that follows from it', () => {
    const t = failedRun().take(retry('a'));
    expect(t.events('run.retried')).toEqual([{ by: 'ann', from: 'a', steps: ['a', 'b', 'c'], kept: 1 }]);
    expect(asked(t)).toEqual(['a']);
  });

  it('from a step that lacks another runs that one too', () => {
    const t = failedRun().take(retry('c'));
    expect(t.events('run.retried')).toMatchObject([{ from: 'c', steps: ['b', 'c'] }]);
  });

  it('hears nothing of old work: a late outcome is refused, and an old commit changes nothing', () => {
    const t = failedRun();
    const old = t.ref('b');
    t.take(retry()).opened([t.committed('b', { epoch: old.epoch, generation: 0 })]);
    expect(t.of('b').status).toBe('queued');
    t.forget();
    t.take({
      type: 'attempt.outcome',
      ...old,
      role: 'b',
      instance: 'i',
      base: 0,
      result: { status: 'succeeded', writes: [] },
    });
    expect(t.customs('record')).toMatchObject([{ verdict: 'stale_epoch' }]);
    expect(t.customs('commit')).toEqual([]);
  });

  it('ends failed while a failure stands that it was not retried from', () => {
    const t = failedRun().take(retry('d')).opened().place('d').commit('d', { generation: 1 });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
    expect(t.run.reason).toContain('"b"');
  });

  it('has its whole time-out again, and a makespan of its own', () => {
    const t = failedRun().take(retry());
    expect(t.set.find(({ id }) => id === 'run')?.delayMs).toBe(chain.timeoutMs);
    t.take({ type: 'run.cancel', run: 'r', reason: 'enough' }).opened();
    expect(t.events('run.finished')).toMatchObject([{ outcome: 'cancelled', makespanMs: 20 }]);
  });

  it('goes on under another owner like any run', () => {
    const t = failedRun().recover();
    expect(t.run.ownerEpoch).toBe(2);
    t.take(retry());
    const { epoch } = t.of('b');
    t.recover().opened().surveyed();
    expect(t.of('b')).toMatchObject({ status: 'queued', attempt: 2 });
    expect(t.of('b').epoch).toBeGreaterThan(epoch);
  });

  it('is retried once a request: the same one again is answered and does nothing', () => {
    const t = failedRun();
    const wish = retry();
    t.take(wish).opened().place('b').fail('b').forget().take(wish);
    expect(t.replies()).toMatchObject([{ type: 'run.state', outcome: 'failed' }]);
    expect(t.run.phase).toBe('ended');
    expect(t.take(retry()).run.phase).toBe('running');
  });

  it.each([
    ['run_active', () => new RunWorld(chain).opened(), undefined],
    ['unknown_step', failedRun, 'nobody'],
    [
      'nothing_to_retry',
      () => new RunWorld(workflow('w', (w) => void w.step('a'))).opened().place('a').commit('a'),
      'a',
    ],
  ])('is refused as %s', (expected, world, from) => {
    expect(code(world().forget().take(retry(from)))).toBe(expected);
  });

  it('asks a person again whose answer had failed it', () => {
    const t = new RunWorld(workflow('w', (w) => void w.step('ok', { type: 'approval' }))).opened();
    t.take({ type: 'run.approve', run: 'r', step: 'ok', approved: false, by: 'ann' }).commit('ok');
    expect(t.run.outcome).toBe('failed');
    t.take(retry());
    expect(t.of('ok')).toMatchObject({ status: 'waiting', answer: undefined });
  });
});

describe('a group of a run that is retried', () => {
  const joined = (defaults = {}) =>
    workflow('w', (w) => {
      const members = ['b', 'c'].map((id) => w.step(id, { on_failure: 'continue', retry: 1 }));
      const group = w.group('g', members, {
        synchronization_strategy: { success_criteria: 'at_least_one_agent_succeeds', defaults },
      });
      w.step('d', { depends_on: [group.completion] });
    });
  const partial = (defaults = {}) => {
    const t = new RunWorld(joined(defaults))
      .opened()
      .place('b')
      .place('c')
      .commit('b')
      .fail('c')
      .close('partial', ['c']);
    return t;
  };

  it('decides again in a round of its own, with what its other members have brought', () => {
    const t = partial().place('d').commit('d');
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'partial' });
    t.forget().take(retry()).opened();
    expect(t.events('run.retried')).toMatchObject([{ steps: ['c', 'd'], kept: 1 }]);
    t.place('c');
    expect(t.sent('barrier.open')).toMatchObject([{ round: 2, arrivals: [{ member: 'b', status: 'succeeded' }] }]);
    t.commit('c', { generation: 1 }).close('complete', [], 2);
    expect(t.of('d').status).toBe('queued');
  });

  it('fills its gaps by commits of new numbers', () => {
    const t = partial({ '/c/x': 1 });
    const first = t.sent('context.commit').at(-1);
    t.commit('g', { epoch: first?.epoch }).place('d').fail('d').forget();
    expect(t.run.phase).toBe('ended');
    t.take(retry('c')).opened().place('c').fail('c').close('partial', ['c'], 2);
    const second = t.sent('context.commit').at(-1);
    expect(second?.generation).toBeGreaterThan(first?.generation ?? 0);
    t.commit('g', { epoch: first?.epoch });
    expect(t.run.groups['g']?.phase).toBe('filling');
    t.commit('g', { epoch: second?.epoch });
    expect(t.of('d').status).toBe('queued');
  });

  it('that the end of the run cut off is decided when all its members had succeeded', () => {
    const t = new RunWorld(joined()).opened().place('b').place('c').commit('b').commit('c');
    t.take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
    t.forget().take(retry()).opened();
    expect(t.events('run.retried')).toMatchObject([{ steps: ['d'] }]);
    expect(t.sent('barrier.open')).toMatchObject([{ round: 2, arrivals: [{ member: 'b' }, { member: 'c' }] }]);
    t.close('complete', [], 2);
    expect(t.of('d').status).toBe('queued');
  });
});

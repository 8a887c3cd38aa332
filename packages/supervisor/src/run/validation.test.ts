import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

/** ux and architect join, the developer goes on, and the two look at each other's results. */
const design = (group: object = {}) =>
  workflow('w', (w) => {
    const members = ['ux', 'architect'].map((id) =>
      w.step(id, { on_failure: 'continue', retry: 1, resource_requirements: { cpu: 20, memory: 10 } }),
    );
    const joined = w.group('g', members, { cross_validation: { validation_timeout: '10_seconds' }, ...group });
    w.step('developer', { depends_on: [joined.completion], on_failure: 'continue' });
  });

/** `validation-1`: architect on ux; `validation-2`: ux on architect. */
const [V1, V2] = ['validation-1', 'validation-2'] as const;

/** Both members are done and joined; the developer and both validations ask the pool. */
function joined(definition = design()): RunWorld {
  const t = new RunWorld(definition).opened();
  t.place('ux').place('architect').commit('ux').commit('architect', { version: 2 });
  return t.forget().close('complete', []);
}
const asked = (t: RunWorld) => t.sent('resource.acquire').flatMap(({ requests }) => requests);
const outcomeOf = (t: RunWorld, id: string, result: object) => ({
  ...{ type: 'attempt.outcome', ...t.ref(id), role: 'any', instance: `i-${id}`, base: 2, startedAtMs: 1, endedAtMs: 6 },
  result,
});
const judge = (t: RunWorld, id: string, result: object = { verdict: 'passed', findings: [] }): RunWorld =>
  t
    .forget()
    .take(outcomeOf(t, id, { status: 'validated', ...result }))
    .takeOwn();
const results = (t: RunWorld) => t.events('validation.finished');
const finish = (t: RunWorld): RunWorld => t.place('developer').commit('developer', { version: 3 });

describe('the validations of a run', () => {
  it('ask the pool after the join, in the last class, for what their agents take; what follows the group asks with them', () => {
    const requests = asked(joined());
    expect(requests.map(({ step, priority }) => [step, priority])).toEqual([
      ['developer', 10],
      [V1, 5],
      [V2, 5],
    ]);
    expect(requests[1]?.needs).toEqual({ cpu: 20, memory: 10 });
  });

  it('are told as events of their own, and never as steps', () => {
    const t = joined().place(V1);
    expect(t.events('validation.started')).toEqual([
      { group: 'g', validator: 'architect', of: 'ux', attempt: 1, instance: `i-${V1}` },
    ]);
    const findings = [{ path: '/text', message: 'short', severity: 'error' }];
    judge(t, V1, { verdict: 'failed', findings });
    expect(results(t)).toEqual([{ group: 'g', validator: 'architect', of: 'ux', verdict: 'failed', findings }]);
    expect(t.of(V1)).toMatchObject({ status: 'succeeded', held: false, lease: undefined });
    expect(t.events('step.succeeded')).toEqual([]);
  });

  it('are recorded before their agent is told so, and a second time change nothing', () => {
    const t = joined().place(V1);
    const outcome = outcomeOf(t, V1, { status: 'validated', verdict: 'passed', findings: [] });
    t.forget().take(outcome).take(outcome);
    expect(t.customs('record')).toEqual([]);
    t.takeOwn();
    expect(t.customs('record')).toMatchObject([{ verdict: 'recorded' }, { verdict: 'recorded' }]);
    expect(results(t)).toHaveLength(1);
  });

  it('keep the run open and nothing else: its outcome and its makespan are those of its work', () => {
    const t = finish(joined());
    const overAt = t.at;
    expect(t.run.phase).toBe('running');
    judge(t.place(V1), V1, { verdict: 'failed', findings: [] });
    expect(t.run.phase).toBe('running');
    judge(t.pass(5_000).place(V2), V2, { verdict: 'skipped', reason: 'no `validate`', findings: [] });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(t.events('run.finished')).toMatchObject([
      { makespanMs: overAt - t.run.begunAtMs, succeeded: 3, validations: { failed: 1, skipped: 1 } },
    ]);
  });

  it('end when their time is over, wherever they are, and say what they waited for', () => {
    const t = finish(joined().place(V1)).forget();
    t.pass(20_000).take({ type: 'timer.validation', step: V1, dueAtMs: t.of(V1).dueAtMs });
    t.take({ type: 'timer.validation', step: V2, dueAtMs: t.of(V2).dueAtMs });
    expect(results(t)).toMatchObject([
      { of: 'ux', verdict: 'timed_out' },
      {
        of: 'architect',
        verdict: 'timed_out',
        reason: expect.stringMatching(/10000 ms after the join.*asked the pool/),
      },
    ]);
    // The one that runs is stopped, and holds its lease until it has.
    expect(t.sent('attempt.cancel')).toMatchObject([{ step: V1 }]);
    expect(t.run.phase).toBe('running');
    t.take({ type: 'attempt.stopped', ...t.ref(V1), role: 'architect', instance: `i-${V1}` });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('are skipped with the reason when there is nothing to judge', () => {
    const t = new RunWorld(design()).opened();
    t.place('ux').place('architect').commit('ux').fail('architect').close('partial', ['architect']);
    expect(results(t)).toMatchObject([{ of: 'architect', verdict: 'skipped', reason: '"architect" gave no result' }]);
    expect(asked(t).map(({ step }) => step)).toContain(V1);
    const strict = {
      synchronization_strategy: { success_criteria: 'all_agents_succeed', partial_failure_handling: 'abort' },
    };
    const u = new RunWorld(design(strict)).opened();
    u.place('ux').place('architect').commit('ux').fail('architect').close('aborted', ['architect']);
    expect(results(u)).toMatchObject([
      { of: 'architect', verdict: 'skipped', reason: '"architect" gave no result' },
      { of: 'ux', verdict: 'skipped', reason: 'the join of "g" was aborted' },
    ]);
  });

  it('are errored when their agent throws for the last time, or does its own work', () => {
    const t = joined().place(V1).fail(V1);
    expect(results(t)).toMatchObject([{ of: 'ux', verdict: 'errored', reason: 'no' }]);
    judge(t.place(V2), V2, { status: 'succeeded', writes: [{ op: 'set', path: '/architect', value: 1 }] });
    expect(results(t)).toMatchObject([{ verdict: 'errored', reason: expect.stringContaining('did its own work') }]);
    expect(t.customs('commit')).toEqual([]);
    expect(finish(t).run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('change no outcome when somebody stops the run that has only them left', () => {
    for (const stop of [{ type: 'run.cancel', run: 'r', reason: 'enough' }, { type: 'timer.run' }]) {
      const t = finish(joined()).take(stop);
      expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
      expect(results(t)).toMatchObject([{ verdict: 'skipped' }, { verdict: 'skipped' }]);
    }
  });

  it('do not save a run whose last group is aborted, for it must not fail', () => {
    const definition = workflow('w', (w) => {
      const members = ['a', 'b'].map((id) => w.step(id, { retry: 1 }));
      const strategy = { success_criteria: 'all_agents_succeed', partial_failure_handling: 'abort' } as const;
      w.group('g', members, { synchronization_strategy: strategy, cross_validation: {} });
    });
    const t = new RunWorld(definition).opened();
    t.place('a').place('b').commit('a').fail('b').close('aborted', ['b']);
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
  });

  it('do not use up their time while the run is paused', () => {
    const t = finish(joined());
    const dueAtMs = t.of(V1).dueAtMs ?? 0;
    t.take({ type: 'run.pause', run: 'r', by: 'ann' });
    expect(t.cleared).toContain(`validation.${V1}`);
    const pausedAt = t.at;
    t.pass(60_000).take({ type: 'run.resume', run: 'r', by: 'ann' });
    expect(t.of(V1)).toMatchObject({ status: 'queued', dueAtMs: dueAtMs + (t.at - pausedAt) });
    expect(t.run.phase).toBe('running');
  });

  it('go on with another owner: what runs is adopted, what does not is asked for again', () => {
    const t = finish(joined().place(V1).place(V2));
    const running = { ...t.ref(V1), instance: `i-${V1}` };
    t.recover().opened([t.committed('ux'), t.committed('architect'), t.committed('developer')]);
    t.forget().surveyed(running);
    expect(t.of(V1)).toMatchObject({ status: 'running', epoch: running.epoch });
    expect(asked(t).map(({ step }) => step)).toEqual([V2]);
    judge(t, V1);
    judge(t.place(V2), V2);
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('are done again when what they judge is done again, and make no step run again themselves', () => {
    const t = joined().place('developer').fail('developer');
    judge(t.place(V1), V1);
    judge(t.place(V2), V2);
    expect(t.run.outcome).toBe('partial');
    t.forget().take({ type: 'run.retry', run: 'r', by: 'ann', request: 'q0', step: V1 });
    expect(t.replies()).toMatchObject([{ type: 'error', error: { code: 'unknown_step' } }]);
    t.forget().take({ type: 'run.retry', run: 'r', by: 'ann', request: 'q1' });
    expect(t.events('run.retried')).toMatchObject([{ steps: ['developer'] }]);
    expect([t.of(V1).status, t.of(V2).status]).toEqual(['succeeded', 'succeeded']);
    t.opened().place('developer').fail('developer');
    expect(t.run.phase).toBe('ended');
    t.forget().take({ type: 'run.retry', run: 'r', by: 'ann', request: 'q2', step: 'ux' });
    expect([t.of(V1), t.of(V2)]).toMatchObject([{ status: 'pending', judged: undefined }, { status: 'pending' }]);
    t.opened().place('ux').commit('ux', { version: 5, generation: 1 }).close('complete', [], t.run.groups['g']?.round);
    expect([t.of(V1).status, t.of(V2).status]).toEqual(['queued', 'queued']);
  });

  it('are none of a run whose plan is of before, whatever its definition asks for', () => {
    const definition = design();
    const { validations: _, ...plan } = planWorkflow(definition);
    const t = new RunWorld(definition, plan).opened();
    t.place('ux').place('architect').commit('ux').commit('architect', { version: 2 }).close('complete', []);
    expect(asked(t).map(({ step }) => step)).not.toContain(V1);
    expect(finish(t).run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });
});

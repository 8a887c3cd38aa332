import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import { RunWorld } from '../testing/run-world.ts';
import { stepIn } from './graph.ts';
import type { RunContext, StepState } from './model.ts';

const definition = workflow('w', (w) => {
  w.step('a', { retry: { max_attempts: 3, backoff: '1_seconds' } });
});

type Sent = { readonly type: string; readonly [key: string]: unknown };

/** A run of one step whose first attempt timed out: `old` is that attempt's epoch, and its commit is on its way. */
function world() {
  const stepper = createStepper(createRunMachine());
  let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
  let at = 1_000;
  const take = (event: Sent): Step => {
    at += 10;
    step = stepper.step(step.snapshot, { ...event, at, from: 'test' } as never);
    return step;
  };
  const run = (): RunContext => step.snapshot.context as RunContext;
  const a = () => stepIn(run(), 'a') as StepState;
  const ref = () => ({ run: 'r', step: 'a', attempt: a().attempt, epoch: a().epoch });
  const grant = () => take({ type: 'resource.granted', pool: 'default', granted: [a().lease], leaseMs: 10_000 });
  const place = (instance: string) => take({ type: 'attempt.placed', ...ref(), instance });
  const commit = (epoch: number) =>
    take({ type: 'context.committed', step: 'a', epoch, version: 1, duplicate: false, paths: [], conflicts: [] });
  take({ type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} });
  grant();
  place('one');
  const old = a().epoch;
  take({ type: 'timer.step', step: 'a', epoch: old });
  const again = () => take({ type: 'timer.retry', step: 'a' });
  return { take, run, a, ref, grant, place, commit, again, old };
}

const cancels = ({ effects }: Step) =>
  effects.flatMap((e) => (e.type === 'tell' && e.params.message.type === 'attempt.cancel' ? [e.params.message] : []));
const released = ({ effects }: Step) =>
  effects.flatMap((e) =>
    e.type === 'ask' && e.params.message.type === 'resource.acquire' ? e.params.message.release : [],
  );
const records = ({ effects }: Step) =>
  effects.flatMap((e) => (e.type === 'custom' && e.params.name === 'record' ? [e.params.data] : []));

describe('a commit that is acknowledged', () => {
  it('gives the lease back at once and tells the instance so, when it is of the present attempt', () => {
    const { commit, again, grant, place, a, run } = world();
    again();
    grant();
    place('two');
    const { lease, epoch } = a();
    const step = commit(epoch);
    expect(released(step)).toEqual([lease]);
    expect(records(step)).toMatchObject([{ instance: 'two', verdict: 'recorded', attempt: { epoch } }]);
    expect(cancels(step)).toEqual([]);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });
});

describe('a commit of an attempt that was given up', () => {
  it('cancels the newer attempt and keeps its lease until it has stopped', () => {
    const { take, commit, again, grant, place, a, ref, run, old } = world();
    again();
    grant();
    place('two');
    const { lease, epoch } = a();
    const step = commit(old);
    expect(a()).toMatchObject({ status: 'succeeded', held: true, lease, epoch });
    expect(cancels(step)).toMatchObject([{ step: 'a', epoch }]);
    expect(released(step)).toEqual([]);
    expect(records(step)).toEqual([]);
    expect(run().phase).toBe('running');
    const end = take({ type: 'attempt.stopped', ...ref(), role: 'a', instance: 'two' });
    expect(released(end)).toEqual([lease]);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('takes what the newer attempt says last as its having stopped', () => {
    const { take, commit, again, grant, place, ref, old } = world();
    again();
    grant();
    place('two');
    commit(old);
    const error = { code: 'agent_cancelled', message: 'stopped', retryable: false };
    const result = { status: 'failed', error };
    const { effects } = take({ type: 'attempt.outcome', ...ref(), role: 'a', instance: 'two', base: 0, result });
    const told = effects.flatMap((e) => (e.type === 'custom' && e.params.name === 'self' ? [e.params.data] : []));
    expect(told).toMatchObject([{ type: 'attempt.stopped', instance: 'two' }]);
  });

  it('takes the lease back after the grace when the newer attempt never says that it stopped', () => {
    const { take, commit, again, grant, place, a, run, old } = world();
    again();
    grant();
    place('two');
    const { lease, epoch } = a();
    const { set } = commit(old);
    expect(set.map(({ id }) => id)).toContain('stop.a');
    expect(released(take({ type: 'timer.stop', step: 'a', epoch }))).toEqual([lease]);
    expect(run().phase).toBe('ended');
  });

  it('gives the lease back when the instance of the newer attempt is gone', () => {
    const { take, commit, again, grant, place, a, ref, old } = world();
    again();
    grant();
    place('two');
    const { lease } = a();
    commit(old);
    expect(released(take({ type: 'attempt.lost', ...ref(), instance: 'two', reason: 'no beat' }))).toEqual([lease]);
  });

  it('cancels a newer attempt that finds its instance only afterwards', () => {
    const { commit, again, grant, place, a, old } = world();
    again();
    grant();
    const { lease, epoch } = a();
    expect(released(commit(old))).toEqual([]);
    expect(a()).toMatchObject({ status: 'succeeded', held: true, lease });
    expect(cancels(place('two'))).toMatchObject([{ step: 'a', epoch }]);
  });

  it('does not end the run by a placement that failed, for that is not journaled', () => {
    const { take, commit, again, grant, a, ref, run, old } = world();
    again();
    grant();
    const { lease, epoch } = a();
    commit(old);
    take({ type: 'attempt.unplaced', ...ref(), reason: 'busy' });
    expect(run().phase).toBe('running');
    expect(released(take({ type: 'timer.stop', step: 'a', epoch }))).toEqual([lease]);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('takes back the wish for a lease that was not granted yet', () => {
    const { commit, again, a, run, old } = world();
    again();
    const { lease } = a();
    expect(released(commit(old))).toEqual([lease]);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('ends the pause before a newer attempt', () => {
    const { commit, a, run, old } = world();
    expect(a().status).toBe('backoff');
    commit(old);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(a().status).toBe('succeeded');
  });
});

describe('a commit that gets no answer, or is refused', () => {
  const refused = (code: string, retryable: boolean) => {
    const world = new RunWorld(definition).opened().place('a');
    const call = `commit:a:${world.of('a').epoch}:i-a`;
    return world.forget().take({ type: 'call.failed', call, code, message: 'no', retryable });
  };

  it.each(['not_allowed', 'body_too_large', 'bad_agent_output', 'version_gone', 'overloaded', 'internal_error'])(
    'fails its attempt when %s is the last word',
    (code) => {
      const world = refused(code, false).takeOwn();
      expect(world.of('a')).toMatchObject({ status: 'failed', error: { code, message: 'no' } });
    },
  );

  it.each([
    ['request_timeout', true],
    ['overloaded', true],
    ['stale_epoch', false],
    ['fenced', false],
    ['bus_closed', false],
  ])('is left to the agent, which tells its outcome again, after %s', (code, retryable) => {
    const world = refused(code, retryable);
    expect([world.customs('self'), world.of('a').status]).toEqual([[], 'running']);
  });

  it('ends the run when the context lacks what the run was told of, whatever the step may do about failures', () => {
    const world = refused('context_truncated', false).takeOwn();
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'context_truncated' } });
  });

  it('opens the context again when the store does not know the run', () => {
    const world = refused('unknown_run', false);
    expect(world.customs('self')).toEqual([]);
    expect(world.set).toMatchObject([{ id: 'open' }]);
  });
});

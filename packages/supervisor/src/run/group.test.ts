import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import { RunWorld } from '../testing/run-world.ts';
import { stepIn } from './graph.ts';
import type { RunContext } from './model.ts';

const definition = workflow('w', (w) => {
  const members = ['a', 'b'].map((id) => w.step(id, { on_failure: 'continue' }));
  w.group('g', members, { synchronization_strategy: { success_criteria: 'all_agents_succeed' } });
});

/** A run whose group of two is open, with both members running; without `placed`, nothing says that they began. */
function world({ placed = true } = {}) {
  const stepper = createStepper(createRunMachine());
  let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
  let at = 1_000;
  const take = (event: { readonly type: string; readonly [key: string]: unknown }): Step => {
    at += 10;
    step = stepper.step(step.snapshot, { ...event, at, from: 'test' } as never);
    return step;
  };
  const run = (): RunContext => step.snapshot.context as RunContext;
  take({ type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} });
  for (const id of ['a', 'b']) {
    const { lease, epoch, attempt } = stepIn(run(), id) ?? {};
    take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
    if (placed) take({ type: 'attempt.placed', run: 'r', step: id, attempt, epoch, instance: id });
  }
  const succeed = (id: string) =>
    take({
      type: 'context.committed',
      step: id,
      epoch: stepIn(run(), id)?.epoch,
      version: 1,
      duplicate: false,
      paths: [],
      conflicts: [],
    });
  const close = (decision: string, missing: readonly string[]) =>
    take({ type: 'barrier.closed', run: 'r', group: 'g', round: 1, decision, arrived: [], missing, reason: 'time' });
  return { take, run, succeed, close, group: () => run().groups['g'] };
}

describe('a group of a run', () => {
  it('is complete when all its members succeeded, whatever of it the barrier heard', () => {
    const { run, succeed, close, group } = world();
    succeed('a');
    succeed('b');
    close('aborted', ['b']);
    expect(group()).toMatchObject({ phase: 'closed', decision: 'complete', missing: [] });
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });

  it('stays aborted when a member is missing, and runs it again', () => {
    const { succeed, close, group } = world();
    succeed('a');
    close('aborted', ['a', 'b']);
    expect(group()).toMatchObject({ phase: 'falling_back', queue: ['b'] });
  });

  it('tells its barrier everything again with each sync, for an arrival may be lost', () => {
    const { take, succeed } = world();
    succeed('a');
    const { effects } = take({ type: 'timer.sync' });
    const opens = effects.flatMap((e) =>
      e.type === 'ask' && e.params.message.type === 'barrier.open' ? [e.params.message] : [],
    );
    expect(opens).toMatchObject([{ group: 'g', arrivals: [{ member: 'a', status: 'succeeded' }] }]);
  });
});

describe('a member that is skipped while its group is open', () => {
  const needy = workflow('w', (w) => {
    const first = w.step('first', { on_failure: 'continue' });
    const members = [w.step('a'), w.step('b', { dependencies: [first.completion] })];
    w.group('g', members);
  });

  it('is told to the barrier at once', () => {
    const stepper = createStepper(createRunMachine());
    let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
    const take = (event: { readonly type: string; readonly [key: string]: unknown }): void => {
      step = stepper.step(step.snapshot, { ...event, at: 1_000, from: 'test' } as never);
    };
    const of = (id: string) => stepIn(step.snapshot.context as RunContext, id);
    take({ type: 'workflow.start', run: 'r', definition: needy, plan: planWorkflow(needy), inputs: {} });
    for (const id of ['first', 'a']) {
      const { lease, epoch, attempt } = of(id) ?? {};
      take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
      take({ type: 'attempt.placed', run: 'r', step: id, attempt, epoch, instance: id });
    }
    const { attempt, epoch } = of('first') ?? {};
    const error = { code: 'agent_failed', message: 'no', retryable: false };
    take({ type: 'attempt.failed', run: 'r', step: 'first', attempt, epoch, error });
    expect(of('b')?.status).toBe('skipped');
    const told = step.effects.flatMap((e) => (e.type === 'tell' ? [e.params.message] : []));
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'barrier.arrive',
        arrival: expect.objectContaining({ member: 'b', status: 'skipped' }),
      }),
    );
  });
});

describe('a group of which nobody knows that it began', () => {
  const opensOf = ({ effects }: Step) =>
    effects.flatMap((e) => (e.type === 'ask' && e.params.message.type === 'barrier.open' ? [e.params.message] : []));

  it('is open once a new owner adopts a member that runs', () => {
    const { take, run, group } = world({ placed: false });
    take({ type: 'actor.recovered', ownerEpoch: 2, owner: 'm' });
    const found = ['a', 'b'].map((step) => ({
      run: 'r',
      step,
      attempt: 1,
      epoch: stepIn(run(), step)?.epoch,
      instance: step,
    }));
    const step = take({ type: 'attempt.surveyed', run: 'r', found });
    expect(group()).toMatchObject({ phase: 'open' });
    expect(opensOf(step).at(-1)).toMatchObject({ group: 'g', round: 1, arrivals: [] });
  });

  it('leaves the decision to its barrier when members were committed, and never calls it off', () => {
    const { succeed, group } = world({ placed: false });
    succeed('a');
    expect(group()).toMatchObject({ phase: 'waiting' });
    const step = succeed('b');
    expect(group()).toMatchObject({ phase: 'open' });
    expect(opensOf(step)).toMatchObject([{ arrivals: [{ member: 'a' }, { member: 'b' }] }]);
  });
});

const strategy = (keys: object) =>
  workflow('w', (w) => {
    const members = ['a', 'b'].map((id) => w.step(id, { on_failure: 'continue' }));
    w.group('g', members, { synchronization_strategy: keys } as never);
  });
const both = (keys: object): RunWorld => new RunWorld(strategy(keys)).opened().place('a').place('b');

describe('a decision that the barrier made before it heard of a success', () => {
  const enough = {
    success_criteria: 'at_least_one_agent_succeeds',
    partial_failure_handling: 'continue_with_available_results',
  };

  it('is made again by the same rule with what the journal knows', () => {
    const world = both(enough).commit('a').close('aborted', ['a', 'b']);
    expect(world.run.groups['g']).toMatchObject({ decision: 'partial', missing: ['b'] });
  });

  it('stays an abort when partial results are not wanted', () => {
    const world = both({ ...enough, partial_failure_handling: 'abort' })
      .commit('a')
      .close('aborted', ['a', 'b']);
    expect(world.run.groups['g']).toMatchObject({ decision: 'aborted' });
  });

  it('waits, unrecorded, until a new owner has heard what was committed', () => {
    const world = both(enough).recover().forget();
    const commit = world.committed('a');
    world.close('aborted', ['a', 'b']);
    expect([world.sent('barrier.recorded'), world.of('b').status]).toEqual([[], 'running']);
    world.opened([commit]).surveyed().close('aborted', ['a', 'b']);
    expect(world.run.groups['g']).toMatchObject({ decision: 'partial' });
  });
});

describe('a member that is to run again while its attempt still stops', () => {
  const falling = () => both({ success_criteria: 'all_agents_succeed' }).commit('a').forget();
  const releases = (world: RunWorld) => world.sent('resource.acquire').flatMap(({ release }) => release);

  it('keeps its lease until then, and runs again afterwards', () => {
    const world = falling();
    const { lease } = world.of('b');
    world.close('aborted', ['b']);
    expect(world.run.groups['g']).toMatchObject({ phase: 'falling_back', queue: ['b'] });
    expect(world.sent('attempt.cancel')).toHaveLength(1);
    expect([releases(world), world.of('b').status]).toEqual([[], 'cancelled']);
    world.take({ type: 'attempt.stopped', ...world.ref('b'), role: 'b', instance: 'i-b' });
    expect([releases(world), world.of('b').status]).toEqual([[lease], 'queued']);
  });

  it('does not run again when the run was stopped meanwhile', () => {
    const world = falling().close('aborted', ['b']).take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    world.take({ type: 'timer.stop', step: 'b', epoch: world.of('b').epoch });
    expect([world.of('b').status, world.run.phase]).toEqual(['cancelled', 'ended']);
  });
});

describe('the second round of a group', () => {
  const second = () => {
    const world = both({ success_criteria: 'all_agents_succeed' });
    for (const id of ['a', 'b']) world.fail(id);
    return world.close('aborted', ['a', 'b']).forget().place('a');
  };

  it('hears nothing of how those in line ended in the first one', () => {
    expect(second().sent('barrier.open')).toMatchObject([{ round: 2, arrivals: [] }]);
  });

  it('tells a new barrier of the first of the line once it has ended', () => {
    const world = second().commit('a').place('b').forget().take({ type: 'timer.sync' });
    expect(world.sent('barrier.open')).toMatchObject([{ round: 2, arrivals: [{ member: 'a', status: 'succeeded' }] }]);
  });
});

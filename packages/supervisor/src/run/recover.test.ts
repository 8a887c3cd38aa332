import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import { RunWorld } from '../testing/run-world.ts';
import { stepIn } from './graph.ts';
import type { RunContext } from './model.ts';

const definition = workflow('w', (w) => {
  w.step('a', { retry: { max_attempts: 3, backoff: '1_seconds' } });
});

/** A run of one step, with the events given so far. */
function world() {
  const stepper = createStepper(createRunMachine());
  let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
  let at = 1_000;
  const take = (event: { readonly type: string; readonly [key: string]: unknown }): Step => {
    at += 10;
    step = stepper.step(step.snapshot, { ...event, at, from: 'test' } as never);
    return step;
  };
  const run = (): RunContext => step.snapshot.context as RunContext;
  const placed = (): void => {
    const { lease, epoch, attempt } = stepIn(run(), 'a') ?? {};
    take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
    take({ type: 'attempt.placed', run: 'r', step: 'a', attempt, epoch, instance: 'i' });
  };
  take({ type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} });
  placed();
  return { take, run, status: () => stepIn(run(), 'a')?.status };
}

const refOf = (run: RunContext) => {
  const { attempt, epoch } = stepIn(run, 'a') ?? {};
  return { run: 'r', step: 'a', attempt, epoch };
};

const recovered = { type: 'actor.recovered', ownerEpoch: 2, owner: 'm' };
const surveyed = { type: 'attempt.surveyed', run: 'r', found: [] };
const error = { code: 'agent_failed', message: 'no', retryable: true };

describe('a run that is being recovered', () => {
  it('goes on with a step whose pause ended before the survey was in', () => {
    const { take, run, status } = world();
    take({ type: 'attempt.failed', ...refOf(run()), error });
    expect(status()).toBe('backoff');
    take(recovered);
    const { set } = take({ type: 'timer.retry', step: 'a' });
    expect(status()).toBe('backoff');
    expect(set.map(({ id }) => id)).toContain('retry.a');
    take(surveyed);
    take({ type: 'timer.retry', step: 'a' });
    expect(status()).toBe('queued');
  });

  it('tries a step again whose attempt timed out meanwhile, as its policy says', () => {
    const { take, run, status } = world();
    take(recovered);
    take({ type: 'timer.step', step: 'a', epoch: refOf(run()).epoch });
    expect(status()).toBe('backoff');
  });
});

describe('a run whose last records were lost with its owner', () => {
  /** `a` was placed, but the journal knows only that it asked for a lease. */
  const lostPlacement = () => {
    const stepper = createStepper(createRunMachine());
    let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
    let at = 1_000;
    const take = (event: { readonly type: string; readonly [key: string]: unknown }): Step => {
      step = stepper.step(step.snapshot, { ...event, at: ++at, from: 'test' } as never);
      return step;
    };
    take({ type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} });
    return { take, run: (): RunContext => step.snapshot.context as RunContext };
  };
  const customs = ({ effects }: Step) => effects.flatMap((e) => (e.type === 'custom' ? [e.params.name] : []));
  const opened = { type: 'context.opened', run: 'r', version: 0, commits: [] as object[] };

  it('asks what instances run only when the context has told its commits, and places nothing before', () => {
    const { take, run } = lostPlacement();
    const { lease, epoch, attempt } = stepIn(run(), 'a') ?? {};
    expect(customs(take(recovered))).toEqual([]);
    const granted = {
      type: 'resource.answer',
      pool: 'default',
      granted: [lease],
      waiting: [],
      refused: [],
      leaseMs: 9_000,
    };
    expect(customs(take(granted))).toEqual([]);
    expect(customs(take(opened))).toEqual(['survey']);
    expect(customs(take(granted))).toEqual([]);
    const found = [{ run: 'r', step: 'a', attempt, epoch, instance: 'i' }];
    expect(customs(take({ ...surveyed, found }))).toEqual([]);
    expect(stepIn(run(), 'a')).toMatchObject({ status: 'running', instance: 'i', lease, held: true });
  });

  it('does not run again what the context store has committed', () => {
    const { take, run } = lostPlacement();
    const { epoch } = stepIn(run(), 'a') ?? {};
    take(recovered);
    const commit = { step: 'a', epoch, version: 1, duplicate: false, paths: ['/a'], conflicts: [] };
    take({ ...opened, version: 1, commits: [commit] });
    expect(stepIn(run(), 'a')?.status).toBe('succeeded');
    expect(customs(take(surveyed))).not.toContain('place');
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  });
});

describe('what a new owner tells the pool', () => {
  const syncs = ({ effects }: Step) =>
    effects.flatMap((e) => (e.type === 'ask' && e.params.message.type === 'resource.sync' ? [e.params.message] : []));

  it('frees nothing until it has found out what still runs, and then says all, even if that is nothing', () => {
    const { take } = world();
    expect(syncs(take({ type: 'actor.recovered', ownerEpoch: 2, owner: 'm' }))).toMatchObject([{ partial: true }]);
    take({ type: 'context.opened', run: 'r', version: 0, commits: [] });
    const [told] = syncs(take({ type: 'attempt.surveyed', run: 'r', found: [] }));
    expect(told).toMatchObject({ holderEpoch: 2, held: [] });
    expect(told).not.toHaveProperty('partial');
  });
});

describe('a run whose context is not there yet', () => {
  const opens = ({ effects }: Step) =>
    effects.flatMap((e) => (e.type === 'ask' && e.params.message.type === 'context.open' ? [e.params.call] : []));
  const failed = (call: string, code: string) => ({
    type: 'call.failed',
    call,
    code,
    message: 'no',
    retryable: !['body_too_large'].includes(code),
  });
  const opened = { type: 'context.opened', run: 'r', version: 0, commits: [] };

  it('asks for it until it is there, ever more slowly, and ends only then, for people read it afterwards', () => {
    const { take, run } = world();
    take({ type: 'attempt.failed', ...refOf(run()), error: { ...error, retryable: false } });
    expect(run().phase).toBe('cancelling');
    const { set } = take(failed('open:0', 'no_responders'));
    expect(set).toMatchObject([{ id: 'open', delayMs: 200, event: { type: 'timer.open', tries: 1 } }]);
    expect(opens(take({ type: 'timer.open', tries: 1 }))).toEqual(['open:1']);
    expect(take(failed('open:4', 'request_timeout')).set).toMatchObject([{ delayMs: 3_200 }]);
    expect(take(failed('open:40', 'request_timeout')).set).toMatchObject([{ delayMs: 5_000 }]);
    take(opened);
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'failed' });
  });

  it('that was cancelled ends without it in the end', () => {
    const { take, run } = world();
    take({ type: 'run.cancel', run: 'r', reason: 'x' });
    take({ type: 'attempt.stopped', ...refOf(run()) });
    expect(take(failed('open:9', 'no_responders')).set).toMatchObject([{ id: 'open' }]);
    const step = take(failed('open:10', 'no_responders'));
    const [refusal] = step.effects.flatMap((e) => (e.type === 'custom' ? [e.params.data as { type: string }] : []));
    expect(run().phase).toBe('cancelling');
    take(refusal ?? { type: '' });
    expect(run()).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
  });

  it('fails when the context store will never take what the run starts with', () => {
    const { take, run } = world();
    const step = take(failed('open:0', 'body_too_large'));
    const [refusal] = step.effects.flatMap((e) => (e.type === 'custom' ? [e.params.data as { type: string }] : []));
    expect(refusal).toMatchObject({ type: 'context.refused', error: { code: 'body_too_large' } });
    take(refusal ?? { type: '' });
    expect(run()).toMatchObject({ outcome: 'failed', error: { code: 'body_too_large' } });
    expect(opens(take({ type: 'timer.survey' }))).toEqual([]);
  });

  it('does not care for a late refusal once it is there', () => {
    const { take, run } = world();
    take(opened);
    take({ type: 'context.refused', error: { code: 'body_too_large', message: 'no', retryable: false } });
    expect(run().phase).toBe('running');
  });
});

describe('a run that is stopped while it is being recovered', () => {
  /** The placement of `a` died with the owner: the journal says that it is queued. */
  const stopped = () => {
    const world = new RunWorld(definition).opened().recover().forget();
    const found = { ...world.ref('a'), instance: 'i' };
    const { lease } = world.of('a');
    return { world: world.take({ type: 'run.cancel', run: 'r', reason: 'enough' }), found, lease };
  };
  const releases = (world: RunWorld) => world.sent('resource.acquire').flatMap(({ release }) => release);

  it('stops what runs though its journal lacks it, and ends no sooner', () => {
    const { world, found, lease } = stopped();
    world.opened();
    expect([world.run.phase, releases(world), world.customs('survey')]).toMatchObject([
      'cancelling',
      [],
      [{ run: 'r' }],
    ]);
    world.surveyed(found);
    expect(world.sent('attempt.cancel')).toMatchObject([{ step: 'a', epoch: found.epoch }]);
    expect(world.sent('resource.sync').at(-1)).toMatchObject({ held: [{ lease }] });
    expect(world.run.phase).toBe('cancelling');
    world.take({ type: 'attempt.stopped', ...found, role: 'a' });
    expect(releases(world)).toEqual([lease]);
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
  });

  it('gives back what nobody uses once it knows that, and ends', () => {
    const { world, lease } = stopped();
    world.opened().surveyed();
    expect(releases(world)).toEqual([lease]);
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
  });

  it('asks as well when the owner before had stopped it', () => {
    const world = new RunWorld(definition).opened().place('a').take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    world.recover().forget().opened();
    expect(world.customs('survey')).toHaveLength(1);
    const newer = { ...world.ref('a'), epoch: world.of('a').epoch + 1, instance: 'i' };
    world.surveyed(newer);
    expect(world.sent('attempt.cancel')).toMatchObject([{ epoch: newer.epoch }]);
  });

  it('does not wait for a context that will never come', () => {
    const { world } = stopped();
    world.take({ type: 'context.refused', error }).surveyed();
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
  });
});

describe('what a survey finds of steps that are over', () => {
  it('is told that it is recorded when it was committed', () => {
    const world = new RunWorld(definition).opened().place('a').recover();
    const found = { ...world.ref('a'), instance: 'i' };
    world
      .opened([world.committed('a')])
      .forget()
      .surveyed(found);
    expect(world.customs('record')).toMatchObject([{ instance: 'i', role: 'a', verdict: 'recorded' }]);
    expect(world.run.phase).toBe('ended');
  });
});

describe('an attempt whose instance goes away while its run is being recovered', () => {
  it('is left to the survey, for the journal may not know that it succeeded', () => {
    const world = new RunWorld(definition).opened().place('a').recover();
    world.take({ type: 'attempt.lost', ...world.ref('a'), instance: 'i-a', reason: 'no beat' });
    expect(world.of('a')).toMatchObject({ status: 'running', failures: 0 });
  });
});

describe('an adopted attempt', () => {
  it('gets the same grace after its time-out as one that this owner placed', () => {
    const placed = new RunWorld(definition).opened().place('a');
    const delayOf = (world: RunWorld) => world.set.find(({ id }) => id === 'step.a')?.delayMs;
    const graceMs = delayOf(placed);
    const found = { ...placed.ref('a'), instance: 'i-a' };
    expect(delayOf(placed.recover().opened().surveyed(found))).toBe(graceMs);
  });
});

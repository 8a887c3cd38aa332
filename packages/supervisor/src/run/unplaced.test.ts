import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { viewOf } from './view.ts';

const definition = workflow('w', (w) => {
  w.step('a');
  w.step('b', { agent: 'a' } as never);
});

const unplaced = (world: RunWorld, reason: string) =>
  world.grant('a').take({ type: 'attempt.unplaced', ...world.ref('a'), reason });
const waiting = (reason: string): RunWorld => unplaced(new RunWorld(definition).opened(), reason);
const releases = (world: RunWorld) => world.sent('resource.acquire').flatMap(({ release }) => release);

describe('a step for which no instance is there', () => {
  it.each(['no_agent', 'busy'])('gives its lease back and says what it waits for (%s)', (reason) => {
    const world = waiting(reason);
    expect(releases(world)).toHaveLength(1);
    expect(world.customs('await')).toEqual([{ role: 'a', hasHeard: reason === 'no_agent' }]);
    expect(world.events('step.waiting').at(-1)).toMatchObject({ step: 'a', kind: 'instance', names: ['a'] });
    expect(viewOf(world.run).steps[0]).toMatchObject({
      status: 'waiting',
      waitsOn: { kind: 'instance', names: ['a'] },
    });
  });

  it('says that none has taken it yet, while it is offered to instances', () => {
    const world = new RunWorld(definition).opened().grant('a');
    expect(viewOf(world.run).steps[0]).toMatchObject({
      status: 'placing',
      waitsOn: { kind: 'instance', names: ['a'], sinceMs: world.at },
    });
    world.take({ type: 'attempt.placed', ...world.ref('a'), instance: 'i' });
    expect(viewOf(world.run).steps[0]).not.toHaveProperty('waitsOn');
  });

  it('waits without a timer, an epoch, an event or a change of its state, for as long as nobody comes', () => {
    const world = waiting('no_agent');
    expect(world.set).toEqual([]);
    const before = world.run;
    world.forget();
    for (let i = 0; i < 1_000; i++) world.take({ type: 'timer.sync' });
    expect(world.run).toBe(before);
    expect(world.customs('await')).toHaveLength(1_000);
  });

  it('asks the pool again once an instance comes, under a new attempt that does not count', () => {
    const world = waiting('no_agent');
    const { epoch } = world.of('a');
    world.forget().take({ type: 'instance.available', role: 'other' });
    expect(world.of('a').status).toBe('backoff');
    world.take({ type: 'instance.available', role: 'a' });
    expect(world.of('a')).toMatchObject({ status: 'queued', attempt: 1 });
    expect(world.of('a').epoch).toBeGreaterThan(epoch);
  });

  it('is told to the node again by a new owner', () => {
    const world = waiting('no_agent').forget().recover().opened();
    world.take({ type: 'instance.available', role: 'a' });
    expect(world.of('a').status).toBe('backoff');
    world.surveyed().forget().take({ type: 'timer.sync' });
    expect(world.customs('await')).toEqual([{ role: 'a', hasHeard: true }]);
  });
});

describe('a step whose placement gets no answer', () => {
  it('tries again after a pause that grows up to half a minute, and begins anew once one was placed', () => {
    const world = new RunWorld(definition).opened();
    const pauses = Array.from({ length: 7 }, () => {
      unplaced(world, 'no_answer');
      const pause = world.set.find(({ id }) => id === 'retry.a')?.delayMs;
      world.take({ type: 'timer.retry', step: 'a' });
      return pause;
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    world.place('a');
    expect(world.of('a').unanswered).toBeUndefined();
  });
});

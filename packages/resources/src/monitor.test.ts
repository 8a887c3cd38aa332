import { createSubjects, DEFAULT_MONITORING, DEFAULT_POOL, poolLimits, type ResourceAlert } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import { describe, expect, it } from 'vitest';
import { createPoolMachine } from './machine.ts';
import { alertsOf, type Reading, type Standings, type Told, watch } from './monitor.ts';
import { resourcesOptions } from './options.ts';
import type { PoolState } from './state.ts';

const INTERVAL_MS = 10_000;

/** A pool that is asked, and sampled every ten seconds. */
class World {
  readonly #stepper;
  #at = 1_000;
  step: Step;

  constructor(options: object = {}) {
    const given = resourcesOptions.parse({ startClosed: false, ...options });
    this.#stepper = createStepper(createPoolMachine({ options: given, subjects: createSubjects() }));
    this.step = this.#stepper.start({ pool: 'default' });
  }

  get state(): PoolState {
    return this.step.snapshot.context as PoolState;
  }

  take(event: object): void {
    const more = { holderEpoch: 1, requests: [], release: [], at: this.#at, from: 'x', holder: 'r' };
    this.step = this.#stepper.step(this.step.snapshot, { ...more, ...event } as never);
  }

  want(id: string, cpu = 1, memory = 1, more: object = {}): void {
    const request = { lease: `r/${id}/1`, step: id, needs: { cpu, memory }, priority: 7, rank: 0, ...more };
    this.take({ type: 'resource.acquire', requests: [request] });
  }

  release = (id: string): void => this.take({ type: 'resource.acquire', release: [`r/${id}/1`] });

  /** What the next sample tells. */
  sample(): readonly { type: string; data: object }[] {
    this.#at += INTERVAL_MS;
    this.take({ type: 'timer.sample' });
    return this.step.effects.flatMap((effect) => {
      const { event } = effect.params as { event?: { type: string; data: object } };
      return effect.type === 'emit' && event !== undefined ? [event] : [];
    });
  }
}

describe('the depth of the queue', () => {
  it('is told once when two samples in a row find three waiting, and once when two find fewer', () => {
    const world = new World({ pool: { ...DEFAULT_POOL, concurrentAgents: 1 } });
    for (const id of ['a', 'b', 'c', 'd']) world.want(id);
    expect(world.sample()).toEqual([]);
    expect(world.sample()).toEqual([
      {
        type: 'resource.alert',
        data: {
          ...{ pool: 'default', metric: 'queue_depth', value: 3, threshold: 3, unit: 'requests' },
          ...{ sinceMs: 11_000, names: expect.arrayContaining(['r/b', 'r/c', 'r/d']) },
        },
      },
    ]);
    expect(world.sample()).toEqual([]);
    world.release('a');
    expect(world.sample()).toEqual([]);
    expect(world.sample()).toMatchObject([
      { type: 'resource.well', data: { metric: 'queue_depth', value: 2, lastedMs: 30_000 } },
    ]);
    expect([world.sample(), world.state.standings]).toEqual([[], {}]);
  });

  it('is nothing to tell while the pool is closed: everybody waits then', () => {
    const world = new World({ startClosed: true });
    for (const id of ['a', 'b', 'c', 'd']) world.want(id);
    expect([world.sample(), world.sample(), world.sample()]).toEqual([[], [], []]);
  });

  it('stands in the state of the pool while it lasts, with its present value', () => {
    const world = new World({ pool: { ...DEFAULT_POOL, concurrentAgents: 1 } });
    for (const id of ['a', 'b', 'c', 'd']) world.want(id);
    world.sample();
    world.sample();
    world.want('e');
    world.sample();
    world.take({ type: 'resource.describe' });
    expect(world.step.effects).toMatchObject([
      { type: 'reply', params: { message: { alerts: [{ metric: 'queue_depth', value: 4, threshold: 3 }] } } },
    ]);
  });
});

describe('the use of the pool', () => {
  it('is percent of the 120 units that may be handed out, and is over only while somebody waits for it', () => {
    const world = new World({ pool: { ...DEFAULT_POOL, concurrentAgents: 10 } });
    for (const id of ['a', 'b', 'c', 'd']) world.want(id, 30);
    expect([world.sample(), world.sample()]).toEqual([[], []]);
    world.want('e', 30);
    world.sample();
    expect(world.sample()).toMatchObject([
      { data: { metric: 'cpu_usage', value: 100, threshold: 90, unit: 'percent', names: ['r/e'] } },
    ]);
  });

  it('is not over while what is short is a slot of an agent', () => {
    const world = new World();
    for (const id of ['a', 'b', 'c', 'd']) world.want(id, 40, 33);
    expect(world.state.used).toEqual({ cpu: 120, memory: 99, agents: 3 });
    expect([world.sample(), world.sample()]).toEqual([[], []]);
  });

  it('of memory is over at 85 of 100 units, by who waits for memory', () => {
    const world = new World();
    for (const id of ['a', 'b', 'c']) world.want(id, 1, 45);
    world.sample();
    expect(world.sample()).toMatchObject([{ data: { metric: 'memory_usage', value: 90, names: ['r/c'] } }]);
  });
});

describe('the response time', () => {
  it('is that of the attempt that runs longest, and is over after 180 s', () => {
    const world = new World();
    world.want('slow');
    for (let i = 0; i < 18; i += 1) expect(world.sample()).toEqual([]);
    world.want('young');
    expect(world.sample()).toMatchObject([
      { data: { metric: 'response_time', value: 190_000, threshold: 180_000, unit: 'ms', names: ['r/slow'] } },
    ]);
    world.release('slow');
    world.sample();
    expect(world.sample()).toMatchObject([{ type: 'resource.well', data: { value: 20_000 + 10_000 } }]);
  });

  it('does not count an attempt that is not beyond what its plan gives it', () => {
    const world = new World();
    world.want('long', 1, 1, { expectedMs: 300_000 });
    for (let i = 0; i < 31; i += 1) expect(world.sample()).toEqual([]);
    expect(world.sample()).toMatchObject([{ data: { metric: 'response_time', value: 320_000 } }]);
  });
});

it('a metric that is not listed is not told', () => {
  const pool = { ...DEFAULT_POOL, concurrentAgents: 1 };
  const world = new World({ pool, monitoring: { ...DEFAULT_MONITORING, metrics: ['cpu_usage'] } });
  for (const id of ['a', 'b', 'c', 'd', 'e']) world.want(id);
  expect([world.sample(), world.sample()]).toEqual([[], []]);
});

it('the next sample is set by each, at the interval that was given', () => {
  const world = new World({ monitoring: { ...DEFAULT_MONITORING, intervalMs: 2_500 } });
  const next = expect.objectContaining({ id: 'sample', delayMs: 2_500 });
  expect(world.step.set).toContainEqual(next);
  world.sample();
  expect(world.step.set).toContainEqual(next);
});

describe('a value at the edge of its threshold', () => {
  const play = (marks: string): { told: string; alerts: readonly ResourceAlert[] } => {
    let standings: Standings = {};
    const told: Told[] = [];
    for (const [i, mark] of [...marks].entries()) {
      const isOver = mark === '^';
      const reading: Reading = { metric: 'queue_depth', value: isOver ? 3 : 2, isOver, names: [] };
      const step = watch(standings, [reading], i * INTERVAL_MS, DEFAULT_MONITORING);
      standings = step.standings;
      told.push(...step.told);
    }
    return { told: told.map(({ type }) => type).join(' '), alerts: alertsOf({ standings }) };
  };

  it.each([
    ['^_^_^_^_^_', ''],
    ['^^_^_^_^_^', 'alert'],
    ['^^__', 'alert well'],
    ['^^_^__^^', 'alert well alert'],
  ])('%s is told as: %s', (marks, expected) => {
    expect(play(marks).told).toBe(expected);
  });

  it('began with the first of the samples that said so', () => {
    expect(play('__^_^^^').alerts).toMatchObject([{ sinceMs: 4 * INTERVAL_MS }]);
  });
});

it('a pool whose memory is not limited has no use of it in percent', () => {
  const limits = poolLimits({ ...DEFAULT_POOL, memoryStrict: false });
  expect(limits.memory).toBe(Number.POSITIVE_INFINITY);
  const world = new World({ pool: { ...DEFAULT_POOL, memoryStrict: false } });
  for (const id of ['a', 'b', 'c', 'd']) world.want(id, 1, 900);
  expect([world.sample(), world.sample()]).toEqual([[], []]);
});

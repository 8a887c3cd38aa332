import { createSubjects, DEFAULT_POOL } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPoolMachine } from './machine.ts';
import { resourcesOptions } from './options.ts';
import type { PoolState } from './state.ts';

type Units = Readonly<Record<string, number>>;

class World {
  readonly #stepper;
  #at = 0;
  step: Step;

  constructor(named?: Units) {
    const pool = { ...DEFAULT_POOL, concurrentAgents: 50, ...(named === undefined ? {} : { named }) };
    const options = resourcesOptions.parse({ startClosed: false, pool });
    this.#stepper = createStepper(createPoolMachine({ options, subjects: createSubjects() }));
    this.step = this.#stepper.start({ pool: 'default' });
  }

  get state(): PoolState {
    return this.step.snapshot.context as PoolState;
  }

  take(event: object): unknown {
    const more = { holderEpoch: 1, requests: [], release: [], at: ++this.#at, from: 'x' };
    this.step = this.#stepper.step(this.step.snapshot, { ...more, ...event } as never);
    return (this.step.effects[0] as unknown as { params: { message: object } }).params.message;
  }

  later(ms: number): void {
    this.#at += ms;
  }

  ask = (holder: string, id: string, uses: Units, capacity?: Units): unknown =>
    this.take({ type: 'resource.acquire', holder, requests: [request(holder, id, uses, capacity)] });

  release = (holder: string, id: string): unknown =>
    this.take({ type: 'resource.acquire', holder, release: [`${holder}/${id}/1`] });
}

const request = (holder: string, step: string, uses: Units, capacity?: Units) => ({
  lease: `${holder}/${step}/1`,
  step,
  needs: { cpu: 1, memory: 1 },
  priority: 7,
  rank: 0,
  uses,
  ...(capacity === undefined ? {} : { capacity }),
});

describe('a named resource', () => {
  it('is handed out up to what the workflow says there is; who waits hears what is short and who holds it', () => {
    const world = new World();
    world.ask('q', 'other', {});
    world.ask('r', 'a', { gpu: 2 }, { gpu: 3 });
    expect(world.ask('r', 'b', { gpu: 2 }, { gpu: 3 })).toMatchObject({
      granted: [],
      waiting: [{ lacks: 'named', resource: 'gpu', free: 1, needed: 2, heldBy: ['r/a'] }],
    });
    world.release('r', 'a');
    expect(world.state.leases.has('r/b/1')).toBe(true);
  });

  it('that neither the pool nor the workflow has a number for is refused whole, and so is more than there is', () => {
    const world = new World({ gpu: 1 });
    expect(world.ask('r', 'a', { gpu: 1, model: 1 })).toMatchObject({
      refused: [{ lease: 'r/a/1', reason: expect.stringContaining('"model", of which neither') }],
    });
    expect(world.ask('r', 'b', { model: 3 }, { model: 2 })).toMatchObject({ refused: [{ lease: 'r/b/1' }] });
    expect(world.state.waiting.size + world.state.leases.size).toBe(0);
  });

  it('has the number of the pool where it has one, whatever a workflow says', () => {
    const world = new World({ gpu: 1 });
    world.ask('r', 'a', { gpu: 1 }, { gpu: 9 });
    expect(world.ask('r', 'b', { gpu: 1 }, { gpu: 9 })).toMatchObject({ waiting: [{ resource: 'gpu', free: 0 }] });
    expect(world.ask('r', 'c', { gpu: 2 }, { gpu: 9 })).toMatchObject({ refused: [{ lease: 'r/c/1' }] });
  });

  it('of which two workflows count differently is handed out up to the smaller count while both hold some', () => {
    const world = new World();
    world.ask('few', 'a', { gpu: 1 }, { gpu: 1 });
    expect(world.ask('many', 'b', { gpu: 1 }, { gpu: 4 })).toMatchObject({ waiting: [{ free: 0, heldBy: ['few/a'] }] });
    world.release('few', 'a');
    expect(world.ask('many', 'c', { gpu: 1 }, { gpu: 4 })).toMatchObject({ granted: ['many/c/1'] });
    expect(world.ask('few', 'd', { gpu: 1 }, { gpu: 1 })).toMatchObject({ waiting: [{ free: 0 }] });
  });

  it('that is short for long is kept for who has waited, and the rest of the pool is not', () => {
    const world = new World({ gpu: 2 });
    world.ask('r', 'a', { gpu: 1 });
    world.ask('r', 'b', { gpu: 2 });
    world.later(6_000);
    expect(world.ask('r', 'small', { gpu: 1 })).toMatchObject({ granted: [] });
    expect(world.ask('r', 'other', {})).toMatchObject({ granted: ['r/other/1'] });
    world.release('r', 'a');
    expect(world.state.leases.has('r/b/1')).toBe(true);
  });

  it('stands in the state of the pool and in its usage', () => {
    const world = new World({ model: 4 });
    world.ask('r', 'a', { gpu: 2 }, { gpu: 3 });
    const named = { gpu: { used: 2, limit: 3 }, model: { used: 0, limit: 4 } };
    const state = world.take({ type: 'resource.describe' });
    expect(state).toMatchObject({ named, leases: [{ uses: { gpu: 2 } }] });
    world.take({ type: 'timer.tick' });
    const usage = world.step.effects.find(({ type }) => type === 'emit');
    expect(usage).toMatchObject({ params: { event: { type: 'pool.usage', data: { named } } } });
  });

  it('is never exceeded by anybody’s count, and everybody is served', () => {
    const move = fc.record({
      holder: fc.constantFrom('r', 's'),
      units: fc.integer({ min: 1, max: 3 }),
      back: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        const world = new World();
        const back = (): void => {
          const [lease] = world.state.leases.keys();
          const [holder = '', id = ''] = (lease ?? '').split('/');
          if (lease !== undefined) world.release(holder, id);
        };
        const check = (): void => {
          const rows = [...world.state.leases.values()].map(({ request: { uses, capacity } }) => [
            uses?.['gpu'] ?? 0,
            capacity?.['gpu'] ?? 0,
          ]);
          const used = rows.reduce((sum, [units = 0]) => sum + units, 0);
          expect(used).toBeLessThanOrEqual(Math.min(...rows.map(([, limit = 0]) => limit)));
        };
        for (const [i, { holder, units, back: isBack }] of moves.entries()) {
          if (isBack) back();
          else world.ask(holder, `s${i}`, { gpu: units }, { gpu: holder === 'r' ? 3 : 5 });
          check();
        }
        for (let i = 0; i < 100; i++, check()) back();
        expect([world.state.waiting.size, world.state.named.size]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});

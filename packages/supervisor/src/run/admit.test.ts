import { MAX_LEASES, open, seal } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { viewOf } from './view.ts';

describe('a run with more ready steps than one message to the pool may name', () => {
  const OVER = 3;
  const wide = workflow('w', (w) => {
    for (let i = 0; i < MAX_LEASES + OVER; i++) w.step(`s${i}`, { agent: 'a', on_failure: 'continue' } as never);
  });
  const last = `s${MAX_LEASES}`;

  it('asks for as many as it may, in messages of the contract, and for the next when one is done', () => {
    const world = new RunWorld(wide).opened();
    world.take({ type: 'timer.sync' });
    const messages = [...world.sent('resource.acquire'), ...world.sent('resource.sync')];
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(() => open(seal(message, 'n'))).not.toThrow();
    expect(viewOf(world.run).steps.at(-1)).toMatchObject({ status: 'pending', waitsOn: { kind: 'pool' } });
    world.place('s0').forget().commit('s0');
    expect(world.sent('resource.acquire').flatMap(({ requests }) => requests.map(({ step }) => step))).toEqual([last]);
    world.fail('s1');
    expect(world.of(`s${MAX_LEASES + 1}`).status).toBe('queued');
  }, 60_000);
});

describe('a need that the pool says it can never meet', () => {
  const two = workflow('w', (w) => {
    w.step('a', { on_failure: 'continue' });
    w.step('b');
  });
  const unfit = (lease: string | undefined) => ({ type: 'step.unfit', lease, reason: 'too large' });

  it('fails its step once, however often it is told', () => {
    const world = new RunWorld(two).opened();
    const { lease } = world.of('a');
    world.take(unfit(lease)).take(unfit(lease));
    expect(world.events('step.failed')).toMatchObject([{ step: 'a', error: { code: 'never_fits' } }]);
  });

  it('does not fail a step that was cancelled meanwhile, or that runs by another lease', () => {
    const world = new RunWorld(two).opened().place('b');
    const { lease } = world.of('a');
    world.take(unfit(world.of('b').lease));
    expect(world.of('b').status).toBe('running');
    world.take({ type: 'run.cancel', run: 'r', reason: 'enough' }).take(unfit(lease));
    expect(world.of('a').status).toBe('cancelled');
  });

  it('is taken from the answer of the pool', () => {
    const world = new RunWorld(two).opened();
    const refused = [{ lease: world.of('a').lease, reason: 'too large' }];
    const answer = { pool: 'default', granted: [], waiting: [], refused, leaseMs: 10_000 };
    world
      .forget()
      .take({ type: 'resource.answer', ...answer })
      .takeOwn();
    expect(world.of('a').status).toBe('failed');
  });
});

describe('an answer of the pool that tells nothing new', () => {
  const one = workflow('w', (w) => void w.step('a'));
  const answer = { type: 'resource.answer', pool: 'default', granted: [], waiting: [], refused: [] };

  it('leaves the run as it is, so that nothing is written of it: the last answer of each run is one', () => {
    const world = new RunWorld(one).opened().place('a').commit('a').forget();
    const { run } = world;
    expect(run.phase).toBe('ended');
    world.take({ ...answer, leaseMs: run.leaseMs });
    expect(world.run).toBe(run);
    expect((['ask', 'tell', 'emit', 'custom'] as const).some((type) => world.did(type))).toBe(false);
  });

  it('is heard when the life of a lease is another one', () => {
    const world = new RunWorld(one).opened();
    world.take({ ...answer, leaseMs: 4_000 });
    expect(world.run.leaseMs).toBe(4_000);
  });
});

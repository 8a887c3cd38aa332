import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const definition = workflow('w', (w) => {
  w.step('a');
  w.step('b');
});
/** Both run; both outcomes have come, and the one of `a` is taken first. */
const bothRun = (): RunWorld => new RunWorld(definition).opened().place('a').place('b');

describe('an attempt that is told to stop while its end is under way', () => {
  it('has stopped when its failure is taken: the run that two failures end waits for nothing more', () => {
    const world = bothRun();
    const own = world.ref('b');
    world.fail('a');
    expect(world.run.phase).toBe('cancelling');
    expect(world.of('b')).toMatchObject({ status: 'cancelled', held: true });
    const error = { code: 'agent_failed', message: 'no', retryable: false };
    world.take({ type: 'attempt.failed', ...own, error });
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
    expect(world.of('b').lease).toBeUndefined();
  });

  it('has stopped when its commit is taken', () => {
    const world = bothRun();
    world.fail('a').commit('b');
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
    expect(world.of('b')).toMatchObject({ status: 'cancelled', lease: undefined });
  });

  it('goes on stopping when an older attempt of its step fails', () => {
    const world = bothRun();
    const old = { ...world.ref('b'), epoch: world.of('b').epoch - 1 };
    world
      .fail('a')
      .take({ type: 'attempt.failed', ...old, error: { code: 'agent_failed', message: 'no', retryable: false } });
    expect(world.run.phase).toBe('cancelling');
    expect(world.of('b').held).toBe(true);
  });
});

import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { isUnwanted } from './cancel.ts';

const world = () =>
  new RunWorld(workflow('w', (w) => void w.step('a', { retry: { max_attempts: 3, backoff: '1_seconds' } } as never)))
    .opened()
    .place('a');

describe('an attempt that an instance runs', () => {
  it('is wanted while it is the present one of its step, and runs where the run knows it', () => {
    const t = world();
    expect(isUnwanted(t.run, t.ref('a'), 'i-a')).toBe(false);
    expect(isUnwanted(t.run, t.ref('a'), 'another')).toBe(true);
  });

  it('is not wanted any more once its run was cancelled, until it has stopped', () => {
    const t = world().take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(t.of('a')).toMatchObject({ status: 'cancelled', held: true });
    expect(isUnwanted(t.run, t.ref('a'), 'i-a')).toBe(true);
  });

  it('is not wanted any more once a newer one was started', () => {
    const t = world();
    const old = t.ref('a');
    t.take({ type: 'timer.step', step: 'a', epoch: old.epoch }).take({ type: 'timer.retry', step: 'a' });
    expect(isUnwanted(t.run, old, 'i-a')).toBe(true);
    expect(isUnwanted(t.run, t.ref('a'), 'i-a')).toBe(false);
  });

  it('is none of its business when it does not know the step', () => {
    expect(isUnwanted(world().run, { run: 'r', step: 'z', attempt: 1, epoch: 1 }, 'i')).toBe(false);
  });
});

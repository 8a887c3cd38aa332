import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { viewOf } from './view.ts';

const one = () => workflow('one', (w) => w.step('pm', {}));

/** The step's work is over; `cached` as its agent told it. */
function done(cached?: true): RunWorld {
  const world = new RunWorld(one()).opened().place('pm').forget();
  const { attempt, epoch } = world.of('pm');
  const result = { status: 'succeeded', writes: [], ...(cached === undefined ? {} : { cached }) };
  world.take({
    ...{ type: 'attempt.outcome', run: 'r', step: 'pm', attempt, epoch, role: 'pm', instance: 'i-pm' },
    ...{ base: 0, startedAtMs: 0, endedAtMs: 1, result },
  });
  const [wanted] = world.customs('commit') as { cached?: true }[];
  return world.commit('pm', { ...(wanted?.cached === undefined ? {} : { cached: wanted.cached }), version: 1 });
}

it('work that was not done again is told as such, by its event and by the view of the run', () => {
  const world = done(true);
  expect(world.events('step.succeeded')).toMatchObject([{ step: 'pm', cached: true }]);
  expect(viewOf(world.run).steps).toMatchObject([{ id: 'pm', status: 'succeeded', cached: true }]);
});

it('work that was done says nothing of it', () => {
  const world = done();
  expect(world.events('step.succeeded')).toHaveLength(1);
  expect(JSON.stringify([world.events('step.succeeded'), world.run])).not.toContain('cached');
});

import { planWorkflow, workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

it('a run tells what it was started with, also when it is over and its context has gone on', () => {
  const definition = workflow('w', (w) => void w.step('a'));
  const world = new RunWorld(definition).opened().place('a').commit('a');
  expect(world.run.phase).toBe('ended');
  world.forget().take({ type: 'run.describe', run: 'r' });
  const plan = planWorkflow(definition);
  expect(world.replies()).toEqual([{ type: 'run.described', run: 'r', definition, plan, inputs: {} }]);
});

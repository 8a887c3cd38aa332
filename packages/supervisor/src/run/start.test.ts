import { planWorkflow, workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

it('the same submission is the same run, with its defaults written out or not, and in whatever order', () => {
  const definition = workflow('w', (w) => {
    w.input('who', 'string');
    w.input('n', { type: 'integer', default: 3 } as never);
    w.step('a');
  });
  const plan = planWorkflow(definition);
  const again = (inputs: object): unknown => {
    const world = new RunWorld(definition, plan, {}, { who: 'ann' }).forget();
    world.take({ type: 'workflow.start', run: 'r', definition, plan, inputs });
    const [reply] = world.replies();
    return reply?.type === 'error' ? reply.error.code : reply?.type;
  };
  expect([{ who: 'ann' }, { n: 3, who: 'ann' }].map(again)).toEqual(['run.accepted', 'run.accepted']);
  expect([{ who: 'ben' }, { who: 'ann', n: 4 }].map(again)).toEqual(['run_exists', 'run_exists']);
});

it('a run tells what it was started with, also when it is over and its context has gone on', () => {
  const definition = workflow('w', (w) => void w.step('a'));
  const world = new RunWorld(definition).opened().place('a').commit('a');
  expect(world.run.phase).toBe('ended');
  world.forget().take({ type: 'run.describe', run: 'r' });
  const plan = planWorkflow(definition);
  expect(world.replies()).toEqual([{ type: 'run.described', run: 'r', definition, plan, inputs: {} }]);
});

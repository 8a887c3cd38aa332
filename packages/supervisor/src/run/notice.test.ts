import { loadWorkflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const file = `
steps:
  a: { on_failure: continue, estimated_duration: 1s }
  b: { on_failure: continue, estimated_duration: 1s }
execution_groups: { g: { agents: [a, b], parallel_capable: true, synchronization: barrier_sync } }
barrier_synchronization:
  timeout_handling:
    timeout_strategies:
      continue_with_partial: { quality_impact: medium }
      abort_and_fallback: { action: fail_run, notification: alert_system_administrators }
`;

const closed = (decision: string, missing: readonly string[], succeeded: readonly string[]) => {
  const world = new RunWorld(loadWorkflow(file, { file: 'f' }).definition).opened();
  for (const id of ['a', 'b']) world.place(id);
  for (const id of succeeded) world.commit(id);
  return world.close(decision, missing).events('group.closed');
};

it('a barrier says with its decision what the specification wants to be said of it', () => {
  expect(closed('partial', ['b'], ['a'])).toMatchObject([{ decision: 'partial', qualityImpact: 'medium' }]);
  expect(closed('aborted', ['a', 'b'], [])).toMatchObject([
    { decision: 'aborted', notification: 'alert_system_administrators' },
  ]);
});

it('and nothing of it where nothing is amiss', () => {
  const [event] = closed('complete', [], ['a', 'b']);
  expect(Object.keys(event ?? {})).toEqual(['group', 'decision', 'succeeded', 'missing', 'reason']);
});

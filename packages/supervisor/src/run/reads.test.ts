import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import type { CommitWanted } from '../index.ts';
import { createRunMachine } from '../machine.ts';
import { stepIn } from './graph.ts';
import type { RunContext } from './model.ts';

const definition = workflow('w', (w) => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => w.step(id));
  w.step('soon', { inputs: ['a.doc', 'b.doc'] });
  w.step('late', { inputs: ['a.more', 'b.doc', 'c.doc', 'd.doc'] });
  return [a, b, c, d];
});

function world() {
  const stepper = createStepper(createRunMachine());
  let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
  const take = (event: { readonly type: string; readonly [key: string]: unknown }): Step => {
    step = stepper.step(step.snapshot, { ...event, at: 1_000, from: 'test' } as never);
    return step;
  };
  take({ type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} });
  const of = (id: string) => stepIn(step.snapshot.context as RunContext, id);
  /** What the commit of a step asks for. */
  const reads = (id: string): readonly string[] => {
    const { lease, epoch, attempt } = of(id) ?? {};
    take({ type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
    const ref = { run: 'r', step: id, attempt, epoch, instance: 'i' };
    take({ type: 'attempt.placed', ...ref });
    const times = { base: 0, startedAtMs: 1, endedAtMs: 2 };
    const { effects } = take({
      type: 'attempt.outcome',
      ...{ ...ref, ...times, role: id, result: { status: 'succeeded', writes: [] } },
    });
    return effects.flatMap((e) =>
      e.type === 'custom' && e.params.name === 'commit' ? ((e.params.data as CommitWanted).message.reads ?? []) : [],
    );
  };
  const commit = (id: string, version: number) =>
    take({
      type: 'context.committed',
      ...{ step: id, epoch: of(id)?.epoch, version, duplicate: false, paths: [], conflicts: [] },
    });
  return { reads, commit };
}

describe('what a commit asks for beside', () => {
  it('are the inputs of the steps that it may let start, and not of those that lack much else', () => {
    const { reads, commit } = world();
    expect(reads('a')).toEqual(['/a/doc', '/b/doc']);
    commit('a', 1);
    expect(reads('b')).toEqual(['/a/doc', '/b/doc', '/a/more', '/c/doc', '/d/doc']);
    commit('b', 2);
    expect(reads('c')).toEqual(['/a/more', '/b/doc', '/c/doc', '/d/doc']);
  });
});

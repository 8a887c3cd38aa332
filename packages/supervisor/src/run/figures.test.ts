/** What a run tells of its times, so that nobody has to guess where they went. */
import { DEFAULT_POOL, type EventData, type EventType } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import type { CommitWanted } from '../placing/commits.ts';
import { stepIn } from './graph.ts';
import type { RunContext } from './model.ts';

const definition = workflow('w', (w) => void w.step('a'));
const START = { type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} };

function world(start: object = START) {
  const stepper = createStepper(createRunMachine());
  let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
  const take = (at: number, event: object): Step => {
    step = stepper.step(step.snapshot, { ...event, at, from: 'test' } as never);
    return step;
  };
  const begun = take(0, start);
  const { attempt, epoch, lease } = stepIn(step.snapshot.context as RunContext, 'a') ?? { attempt: 0, epoch: 0 };
  const ref = { run: 'r', step: 'a', attempt, epoch };
  take(10, { type: 'resource.granted', pool: 'default', granted: [lease], leaseMs: 10_000 });
  /** Its clock is another one: it worked for 200 ms. */
  const outcome = (at: number): Partial<CommitWanted> => {
    const result = { status: 'succeeded', writes: [] };
    const times = { startedAtMs: 70_000, endedAtMs: 70_200, base: 0 };
    const { effects } = take(at, { type: 'attempt.outcome', ...ref, role: 'a', instance: 'i', ...times, result });
    const [wanted] = effects.flatMap((e) => (e.type === 'custom' && e.params.name === 'commit' ? [e.params.data] : []));
    return wanted as CommitWanted;
  };
  const commit = (at: number, more: object) => {
    const base = { step: 'a', epoch, version: 1, duplicate: false, paths: [], conflicts: [] };
    return take(at, { type: 'context.committed', ...base, ...more });
  };
  return { take, begun, ref, outcome, commit };
}

function toldBy<T extends EventType>({ effects }: Step, type: T) {
  const told = effects.flatMap((e) => (e.type === 'emit' && e.params.event.type === type ? [e.params] : []));
  return told.map(({ at, event }) => ({ at, data: event.data as EventData<T> }))[0];
}

describe('the end of a step', () => {
  it('tells what the agent worked by its own clock, and what came after its outcome', () => {
    const { take, ref, outcome, commit } = world();
    take(20, { type: 'attempt.placed', ...ref, instance: 'i' });
    const { workMs, heardAtMs } = outcome(240);
    const told = toldBy(commit(270, { workMs, heardAtMs }), 'step.succeeded');
    expect(told?.data).toMatchObject({ durationMs: 250, workMs: 200, commitMs: 30 });
  });

  it('began before its outcome, not before its commit, where nobody had heard of the beginning', () => {
    const { outcome, commit } = world();
    const { began, workMs, heardAtMs } = outcome(240);
    const step = commit(270, { began, workMs, heardAtMs });
    expect(toldBy(step, 'step.started')?.at).toBe(40);
    expect(toldBy(step, 'step.succeeded')?.data).toMatchObject({ durationMs: 230, workMs: 200, commitMs: 30 });
  });

  it('tells no more than a journal of before tells', () => {
    const { outcome, commit } = world();
    const { began } = outcome(240);
    const step = commit(270, { began });
    expect(toldBy(step, 'step.started')?.at).toBe(70);
    const data = toldBy(step, 'step.succeeded')?.data;
    expect(data).toMatchObject({ durationMs: 200 });
    expect([data?.workMs, data?.commitMs]).toEqual([undefined, undefined]);
  });
});

describe('the beginning of a run', () => {
  it('tells the size of the pool that it was planned for: of the cluster, where that is another one than the file says', () => {
    const pool = { ...DEFAULT_POOL, concurrentAgents: 7, cpuUnits: 400 };
    expect(toldBy(world().begun, 'run.submitted')?.data.pool).toEqual({ cpu: 100, memory: 100, agents: 3 });
    expect(toldBy(world({ ...START, pool }).begun, 'run.submitted')?.data.pool).toEqual({
      ...{ cpu: 400, memory: 100, agents: 7 },
    });
  });
});

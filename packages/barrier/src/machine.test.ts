import type { MessageOf } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import { getShortestPaths } from '@xstate/graph';
import { describe, expect, it } from 'vitest';
import { barrierMachine, openState } from './machine.ts';

const open = (round: number, openedAtMs: number): MessageOf<'barrier.open'> => ({
  type: 'barrier.open',
  run: 'r',
  group: 'g',
  round,
  replyTo: 'tutti.wf.1.r',
  members: ['a', 'b'],
  openedAtMs,
  extensions: 0,
  rules: {
    timeoutMs: 1_000,
    success: 'all',
    onPartial: 'abort',
    extensionMs: 0,
    maxExtensions: 0,
  },
  arrivals: [],
});

function world() {
  const stepper = createStepper(barrierMachine);
  let step: Step = stepper.start(openState(open(1, 0)));
  const take = (event: object, at: number): Step => {
    step = stepper.step(step.snapshot, { ...event, at } as never);
    return step;
  };
  return { take, state: () => step.snapshot.value };
}

const told = ({ effects }: Step) =>
  effects.flatMap((e) => (e.type === 'tell' && e.params.message.type === 'barrier.closed' ? [e.params.message] : []));

const ALL = ['barrier.open', 'barrier.arrive', 'barrier.progress', 'barrier.recorded', 'barrier.cancel'];

describe('the states of a barrier', () => {
  const arrive = (member: string, status: string) => ({
    type: 'barrier.arrive',
    run: 'r',
    group: 'g',
    round: 1,
    arrival: { member, status, atMs: 1 },
    at: 1,
  });
  const events = [
    { ...open(1, 0), at: 0 },
    { ...open(2, 10), at: 10 },
    { type: 'barrier.progress', round: 1, member: 'a', fraction: 0.5, atMs: 1, at: 1 },
    { type: 'barrier.recorded', round: 1, at: 20 },
    { type: 'barrier.cancel', at: 20 },
    { type: 'timer.deadline', at: 1_000 },
    { type: 'timer.repeat', at: 2_000 },
    ...['a', 'b'].flatMap((member) => ['succeeded', 'failed'].map((status) => arrive(member, status))),
  ];
  const paths = () =>
    getShortestPaths(barrierMachine, {
      input: openState(open(1, 0)),
      events: events as never,
      // How often a decision was told has no end.
      stopWhen: (snapshot) => snapshot.context.told > 2,
      limit: 20_000,
    });

  it('are all reached, and `decided` holds a verdict wherever it is reached', () => {
    const reached = paths().map(({ state }) => state);
    expect(new Set(reached.map(({ value }) => value))).toEqual(new Set(['waiting', 'decided', 'gone']));
    for (const { value, context } of reached)
      expect([value, context.verdict !== undefined]).not.toEqual(['waiting', true]);
    for (const { value, context } of reached) if (value === 'decided') expect(context.verdict).toBeDefined();
  });

  it('take every message of the contract, or refuse it, and never throw', () => {
    const stepper = createStepper(barrierMachine);
    for (const { state } of paths()) {
      for (const event of events) {
        const { snapshot } = stepper.step(state as never, event);
        // What was decided stays decided, in its round.
        const before = state.context;
        const after = snapshot.context as typeof before;
        if (before.verdict !== undefined && after.round === before.round) expect(after.verdict).toEqual(before.verdict);
      }
    }
    const known = new Set(events.map(({ type }) => type));
    expect(ALL.filter((type) => !known.has(type))).toEqual([]);
  });
});

describe('the machine of a barrier', () => {
  it('decides a second round anew when it did not hear that the first one is recorded', () => {
    const { take, state } = world();
    take(open(1, 0), 1);
    expect(told(take({ type: 'timer.deadline' }, 1_000))).toMatchObject([{ round: 1, decision: 'aborted' }]);
    const { set } = take(open(2, 2_000), 2_000);
    expect(state()).toBe('waiting');
    expect(set.map(({ id }) => id)).toContain('deadline');
    const arrive = (member: string) =>
      take(
        { type: 'barrier.arrive', run: 'r', group: 'g', round: 2, arrival: { member, status: 'succeeded', atMs: 1 } },
        2_100,
      );
    expect(told(arrive('a'))).toEqual([]);
    expect(told(arrive('b'))).toMatchObject([{ round: 2, decision: 'complete' }]);
  });

  it('tells its decision again until it is recorded, and takes no other', () => {
    const { take, state } = world();
    take(open(1, 0), 1);
    take({ type: 'timer.deadline' }, 1_000);
    expect(told(take({ type: 'timer.repeat' }, 2_000))).toMatchObject([{ round: 1, decision: 'aborted' }]);
    expect(told(take(open(1, 0), 2_001))).toEqual([]);
    expect(state()).toBe('decided');
    take({ type: 'barrier.recorded', run: 'r', group: 'g', round: 1 }, 2_002);
    expect(state()).toBe('gone');
  });
});

import type { MessageOf } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
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

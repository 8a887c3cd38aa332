import type { Arrival } from '@tutti/contracts';
import { createStepper } from '@tutti/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barrierMachine, openState } from './machine.ts';
import { type BarrierState, deadlineOf } from './policy.ts';

const T0 = 1_000_000;
const open = (members: string[], rules: Partial<BarrierState['rules']> = {}): BarrierState =>
  openState({
    run: 'r',
    group: 'g',
    round: 1,
    replyTo: 'tutti.wf.1.r',
    members,
    openedAtMs: T0,
    extensions: 0,
    arrivals: [],
    rules: {
      timeoutMs: 600_000,
      success: 'at_least_one',
      onPartial: 'continue_with_available_results',
      extensionMs: 300_000,
      maxExtensions: 1,
      ...rules,
    },
  });

const stepper = createStepper(barrierMachine);
type Sent = { type: string; params: { message: { type: string; decision?: string; missing?: string[] } } };

function drive(state: BarrierState, events: readonly object[]) {
  let step = stepper.start(state);
  const sent: Sent[] = [];
  for (const event of events) {
    step = stepper.step(step.snapshot, event as never);
    sent.push(...(step.effects as unknown as Sent[]));
  }
  return {
    step,
    closed: sent.filter((e) => e.params?.message.type === 'barrier.closed').map((e) => e.params.message),
    sent,
  };
}

const arrives = (member: string, status: Arrival['status'], at = T0 + 1) => ({
  type: 'barrier.arrive',
  run: 'r',
  group: 'g',
  round: 1,
  arrival: { member, status, atMs: at },
  at,
});
const deadline = (at: number) => ({ type: 'timer.deadline', at });

describe('the barrier', () => {
  it('is complete when every member succeeded', () => {
    const { closed } = drive(open(['a', 'b']), [arrives('a', 'succeeded'), arrives('b', 'succeeded')]);
    expect(closed).toMatchObject([{ decision: 'complete', missing: [] }]);
  });

  it('goes on in part when one failed and one is enough', () => {
    const { closed } = drive(open(['a', 'b']), [arrives('a', 'failed'), arrives('b', 'succeeded')]);
    expect(closed).toMatchObject([{ decision: 'partial', missing: ['a'] }]);
  });

  it('aborts as soon as the criteria can no longer be met', () => {
    const { closed } = drive(open(['a', 'b', 'c'], { success: 'all' }), [arrives('a', 'failed')]);
    expect(closed).toMatchObject([{ decision: 'aborted' }]);
  });

  it('at the deadline takes what is there', () => {
    const state = open(['a', 'b']);
    const { closed } = drive(state, [arrives('a', 'succeeded'), deadline(deadlineOf(state))]);
    expect(closed).toMatchObject([{ decision: 'partial', missing: ['b'] }]);
  });

  it('extends once for a member that makes progress, and then decides', () => {
    const state = open(['a', 'b']);
    const late = deadlineOf(state);
    const progress = {
      type: 'barrier.progress',
      run: 'r',
      group: 'g',
      round: 1,
      member: 'b',
      fraction: 0.5,
      atMs: late - 1,
      at: late - 1,
    };
    const { closed, sent } = drive(state, [progress, deadline(late), deadline(late + 300_000)]);
    expect(sent.filter((e) => e.params.message.type === 'barrier.extended')).toHaveLength(1);
    expect(closed).toMatchObject([{ decision: 'aborted' }]);
  });

  it('repeats its decision until it is recorded, and then is gone', () => {
    const recorded = { type: 'barrier.recorded', run: 'r', group: 'g', round: 1, at: T0 + 9 };
    const { closed, step } = drive(open(['a']), [
      arrives('a', 'succeeded'),
      { type: 'timer.repeat', at: T0 + 5 },
      recorded,
    ]);
    expect(closed).toHaveLength(2);
    expect(new Set(closed.map((c) => c.decision))).toEqual(new Set(['complete']));
    expect(step.snapshot.value).toBe('gone');
  });

  it('decides once, and alike, whatever the order and the repetitions of the same arrivals', () => {
    const member = fc.constantFrom('a', 'b', 'c');
    const status = fc.constantFrom<Arrival['status']>('succeeded', 'failed');
    const outcomes = fc.record({ a: status, b: status, c: status });
    fc.assert(
      fc.property(outcomes, fc.array(member, { maxLength: 12 }), (result, order) => {
        const all = [...order, 'a', 'b', 'c'] as ('a' | 'b' | 'c')[];
        const { closed, step } = drive(
          open(['a', 'b', 'c']),
          all.map((m) => arrives(m, result[m])),
        );
        const wins = Object.values(result).filter((s) => s === 'succeeded').length;
        const expected = wins === 3 ? 'complete' : wins > 0 ? 'partial' : 'aborted';
        expect(closed.map((c) => c.decision)).toEqual([expected]);
        expect(step.snapshot.value).toBe('decided');
      }),
    );
  });
});

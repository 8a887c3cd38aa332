/**
 * The machine of one group: when its barrier is opened, what its decision leads to. It is stepped inside the turn of its
 * run (no actor of its own), so its state is part of the run's journal.
 */
import type { BarrierDecision } from '@tutti/contracts';
import { createStepper } from '@tutti/kernel';
import { assign, setup } from 'xstate';
import type { GroupPhase, GroupState } from './run/model.ts';

export type GroupEvent =
  | { readonly type: 'member.started'; readonly at: number }
  | { readonly type: 'barrier.extended'; readonly extensions: number }
  | {
      readonly type: 'barrier.decided';
      readonly decision: BarrierDecision;
      readonly missing: readonly string[];
      /** Version of the context that it was decided on. */
      readonly base: number;
      /** Whether an abort may be followed by one more round, one after another. */
      readonly mayFallBack: boolean;
      readonly mustFill: boolean;
    }
  | { readonly type: 'gap.filled' }
  | { readonly type: 'gaps.filled' }
  | { readonly type: 'run.ended' };

type Data = Omit<GroupState, 'phase'>;

const decided = {
  'barrier.decided': [
    { guard: 'fallsBack', target: 'falling_back', actions: 'decide' },
    { guard: 'mustFill', target: 'filling', actions: 'decide' },
    { target: 'closed', actions: 'decide' },
  ],
} as const;

export const groupMachine = setup({
  types: { context: {} as Data, events: {} as GroupEvent, input: {} as Data },
  guards: {
    fallsBack: ({ context, event }) =>
      event.type === 'barrier.decided' && event.decision === 'aborted' && event.mayFallBack && !context.fellBack,
    mustFill: ({ event }) => event.type === 'barrier.decided' && event.decision === 'partial' && event.mustFill,
  },
  actions: {
    open: assign(({ event }) => (event.type === 'member.started' ? { openedAtMs: event.at } : {})),
    extend: assign(({ event }) => (event.type === 'barrier.extended' ? { extensions: event.extensions } : {})),
    decide: assign(({ event }) =>
      event.type === 'barrier.decided' ? { decision: event.decision, missing: event.missing, base: event.base } : {},
    ),
    countFilled: assign(({ context }) => ({ filled: context.filled + 1 })),
    nextRound: assign(({ context, event }) => ({
      round: context.round + 1,
      fellBack: true,
      extensions: 0,
      openedAtMs: event.type === 'member.started' ? event.at : context.openedAtMs,
    })),
  },
}).createMachine({
  id: 'group',
  context: ({ input }) => input,
  initial: 'waiting',
  states: {
    waiting: { on: { 'member.started': { target: 'open', actions: 'open' }, ...decided, 'run.ended': 'closed' } },
    open: { on: { 'barrier.extended': { actions: 'extend' }, ...decided, 'run.ended': 'closed' } },
    falling_back: {
      on: { 'member.started': { target: 'open', actions: 'nextRound' }, ...decided, 'run.ended': 'closed' },
    },
    filling: { on: { 'gap.filled': { actions: 'countFilled' }, 'gaps.filled': 'closed', 'run.ended': 'closed' } },
    closed: {},
  },
});

const stepper = createStepper(groupMachine);

/** Steps a group's state by one event; the same state when the event says nothing to it. */
export function stepGroup(state: GroupState, event: GroupEvent): GroupState {
  const { phase, ...context } = state;
  const snapshot = stepper.thaw({ value: phase, context, status: 'active' });
  const next = stepper.step(snapshot, event).snapshot;
  return { ...(next.context as Data), phase: next.value as GroupPhase };
}

/** The machine of one barrier: waiting until it decides, then telling the decision until it is recorded. */
import type { AnyMessage, Body, Received } from '@tutti/contracts';
import { type Decision, decided, type Effect, effectActions, type TimerSet } from '@tutti/kernel';
import { type EventObject, setup } from 'xstate';
import {
  arrive,
  type BarrierState,
  deadlineOf,
  decideAtDeadline,
  decideByArrivals,
  missing,
  progressed,
  type Verdict,
} from './policy.ts';

/** First wait before the decision is told again; doubles up to `REPEAT_MAX_MS`. */
export const REPEAT_MS = 1_000;
export const REPEAT_MAX_MS = 10_000;

type Timed = EventObject & { readonly at: number };
export function openState(event: Body<'barrier.open'>): BarrierState {
  const { run, group, round, replyTo, members, rules, openedAtMs, extensions, arrivals } = event;
  const table = Object.fromEntries(arrivals.map((a) => [a.member, a]));
  const state = { run, group, round, replyTo, members, rules, openedAtMs, extensions, arrivals: table };
  // Named although it is undefined: an assign merges, and the verdict of the round before must not stay.
  return { ...state, progress: {}, told: 0, verdict: undefined };
}

/** One event taken: the next state, and whether the deadline moved. */
function take(state: BarrierState, event: Timed): BarrierState {
  if (event.type === 'barrier.open') {
    const open = event as unknown as Received<'barrier.open'>;
    if (open.round > state.round) return openState(open);
    return open.round < state.round ? state : open.arrivals.reduce(arrive, state);
  }
  const told = event as unknown as Received<'barrier.arrive'> | Received<'barrier.progress'>;
  if (told.round !== state.round) return state;
  return told.type === 'barrier.arrive'
    ? arrive(state, told.arrival)
    : progressed(state, told.member, told.fraction, told.atMs);
}

const closedMessage = (state: BarrierState, verdict: Verdict): AnyMessage => ({
  type: 'barrier.closed',
  run: state.run,
  group: state.group,
  round: state.round,
  decision: verdict.decision,
  arrived: Object.values(state.arrivals),
  missing: [...verdict.missing],
  reason: verdict.reason,
});

const timer = (name: 'deadline' | 'repeat', delayMs: number): TimerSet => ({
  id: name,
  delayMs,
  event: { type: `timer.${name}` },
});

/** Tells the decision, and again later until it is recorded. */
function tell(state: BarrierState): Decision<BarrierState> {
  if (state.verdict === undefined) return { next: state };
  const delayMs = Math.min(REPEAT_MAX_MS, REPEAT_MS * 2 ** state.told);
  return {
    next: { ...state, told: state.told + 1 },
    effects: [{ type: 'tell', params: { to: state.replyTo, message: closedMessage(state, state.verdict) } }],
    set: [timer('repeat', delayMs)],
  };
}

const opened = (state: BarrierState): Effect => {
  const message: AnyMessage = { type: 'barrier.opened', group: state.group, deadlineMs: deadlineOf(state) };
  return { type: 'reply', params: { message } };
};

/** Answers an open, decides if the arrivals allow it, arms the deadline if not. */
function settle(state: BarrierState, event: Timed): Decision<BarrierState> {
  const effects = event.type === 'barrier.open' ? [opened(state)] : [];
  const clear = ['deadline'];
  if (state.verdict !== undefined) return { next: state, effects, clear };
  const verdict = decideByArrivals(state);
  if (verdict === undefined)
    return { next: state, effects, clear, set: [timer('deadline', Math.max(0, deadlineOf(state) - event.at))] };
  const told = tell({ ...state, verdict });
  return { ...told, effects: [...effects, ...(told.effects ?? [])], clear };
}

function atDeadline(state: BarrierState, event: Timed): Decision<BarrierState> {
  const verdict = decideAtDeadline(state, event.at);
  if (verdict !== 'extend') return tell({ ...state, verdict });
  const next = { ...state, extensions: state.extensions + 1 };
  const waitingFor = missing(next).filter((m) => next.arrivals[m] === undefined);
  const { group, round, extensions } = next;
  const message: AnyMessage = {
    type: 'barrier.extended',
    group,
    round,
    deadlineMs: deadlineOf(next),
    extensions,
    waitingFor,
  };
  const settled = settle(next, event);
  const extended: Effect = { type: 'tell', params: { to: state.replyTo, message } };
  return { ...settled, effects: [extended, ...(settled.effects ?? [])] };
}

export const barrierMachine = setup({
  types: { context: {} as BarrierState, events: {} as Timed, input: {} as BarrierState },
  guards: {
    isDecided: ({ context }) => context.verdict !== undefined,
    isNewRound: ({ context, event }) => (event as unknown as Received<'barrier.open'>).round > context.round,
    isRecorded: ({ context, event }) => (event as unknown as Received<'barrier.recorded'>).round >= context.round,
  },
  actions: {
    ...effectActions,
    take: decided((state: BarrierState, event: Timed) => settle(take(state, event), event)),
    atDeadline: decided(atDeadline),
    tellAgain: decided(tell),
    answerOpened: decided((state: BarrierState) => ({ next: state, effects: [opened(state)] })),
    stopTimers: decided((state: BarrierState) => ({ next: state, clear: ['deadline', 'repeat'] })),
  },
}).createMachine({
  id: 'barrier',
  context: ({ input }) => input,
  initial: 'waiting',
  on: { 'barrier.cancel': '.gone' },
  states: {
    waiting: {
      always: { guard: 'isDecided', target: 'decided' },
      on: {
        'barrier.open': { actions: 'take' },
        'barrier.arrive': { actions: 'take' },
        'barrier.progress': { actions: 'take' },
        'timer.deadline': { actions: 'atDeadline' },
      },
    },
    decided: {
      on: {
        'timer.repeat': { actions: 'tellAgain' },
        'barrier.recorded': { guard: 'isRecorded', target: 'gone' },
        'barrier.open': [
          { guard: 'isNewRound', target: 'waiting', actions: ['stopTimers', 'take'] },
          { actions: 'answerOpened' },
        ],
        'barrier.arrive': {},
        'barrier.progress': {},
      },
    },
    gone: { entry: ['stopTimers', 'retire'] },
  },
});

/** The machine of one barrier: waiting until it decides, then telling the decision until it is recorded. */
import type { AnyMessage, Body, Received } from '@tutti/contracts';
import { effectActions } from '@tutti/kernel';
import { assign, type EventObject, enqueueActions, setup } from 'xstate';
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
type Enqueue = {
  (action: never): void;
  raise: (event: never, options: { id: string; delay: number }) => void;
  cancel: (id: string) => void;
};

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

function tell(state: BarrierState, enqueue: Enqueue): void {
  if (state.verdict === undefined) return;
  enqueue({ type: 'tell', params: { to: state.replyTo, message: closedMessage(state, state.verdict) } } as never);
  const delay = Math.min(REPEAT_MAX_MS, REPEAT_MS * 2 ** state.told);
  enqueue(assign({ ...state, told: state.told + 1 }) as never);
  enqueue.raise({ type: 'timer.repeat' } as never, { id: 'repeat', delay });
}

/** Arms the deadline, answers an open, decides if the arrivals allow it. */
function settle(state: BarrierState, event: Timed, enqueue: Enqueue): void {
  const deadlineMs = deadlineOf(state);
  if (event.type === 'barrier.open') {
    enqueue({
      type: 'reply',
      params: { message: { type: 'barrier.opened', group: state.group, deadlineMs } },
    } as never);
  }
  const verdict = state.verdict ?? decideByArrivals(state);
  enqueue.cancel('deadline');
  if (verdict === undefined)
    enqueue.raise({ type: 'timer.deadline' } as never, { id: 'deadline', delay: Math.max(0, deadlineMs - event.at) });
  if (verdict !== undefined && state.verdict === undefined) tell({ ...state, verdict }, enqueue);
  else enqueue(assign(state) as never);
}

function atDeadline(state: BarrierState, event: Timed, enqueue: Enqueue): void {
  const verdict = decideAtDeadline(state, event.at);
  if (verdict !== 'extend') return tell({ ...state, verdict }, enqueue);
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
  enqueue({ type: 'tell', params: { to: state.replyTo, message } } as never);
  settle(next, event, enqueue);
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
    take: enqueueActions(({ context, event, enqueue }) =>
      settle(take(context, event), event, enqueue as unknown as Enqueue),
    ),
    atDeadline: enqueueActions(({ context, event, enqueue }) =>
      atDeadline(context, event, enqueue as unknown as Enqueue),
    ),
    tellAgain: enqueueActions(({ context, enqueue }) => tell(context, enqueue as unknown as Enqueue)),
    answerOpened: enqueueActions(({ context, enqueue }) => {
      const message: AnyMessage = { type: 'barrier.opened', group: context.group, deadlineMs: deadlineOf(context) };
      enqueue({ type: 'reply', params: { message } });
    }),
    stopTimers: enqueueActions(({ enqueue }) => {
      for (const id of ['deadline', 'repeat']) enqueue.cancel(id);
    }),
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

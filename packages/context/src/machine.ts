/**
 * The context store of one run.
 *
 * `unopened` takes nothing but `context.open`; `open` serves until the run is forgotten: a context has no end of its
 * own, since people read it long after the run ended. It waits for nothing, so it has no delay and no timer.
 */
import type { Received } from '@tutti/contracts';
import { type Decision, decided, effectActions } from '@tutti/kernel';
import { setup } from 'xstate';
import * as policy from './policy.ts';
import { type ContextInput, type ContextState, unopened } from './state.ts';

/** The kernel tells a recovered actor so; its record fences the owner before. */
export interface Recovered {
  readonly type: 'actor.recovered';
  readonly ownerEpoch: number;
  readonly at: number;
}

export type ContextEvent =
  | Received<'context.open'>
  | Received<'context.commit'>
  | Received<'context.resolve'>
  | Received<'context.read'>
  | Received<'context.conflicts'>
  | Recovered;

/** The event as the one its row of the table names: an action that another row calls is a defect. */
function as<T extends ContextEvent['type']>(type: T, event: ContextEvent): Extract<ContextEvent, { type: T }> {
  if (event.type !== type) throw new Error(`An action for ${type} was called for ${event.type}`);
  return event as Extract<ContextEvent, { type: T }>;
}

const answer = ({ next, reply }: policy.Decision): Decision<ContextState> => ({
  next,
  effects: [{ type: 'reply', params: { message: reply } }],
});

/** No event of this machine raises another; a step that takes more than this has gone in a circle. */
const MAX_ITERATIONS = 10;

export const contextMachine = setup({
  types: {} as { context: ContextState; events: ContextEvent; input: ContextInput },
  actions: {
    ...effectActions,
    openFirst: decided((state: ContextState, event: ContextEvent) =>
      answer(policy.openFirst(state, as('context.open', event))),
    ),
    openAgain: decided((state: ContextState, event: ContextEvent) =>
      answer(policy.openAgain(state, as('context.open', event))),
    ),
    commit: decided((state: ContextState, event: ContextEvent) =>
      answer(policy.commit(state, as('context.commit', event))),
    ),
    resolve: decided((state: ContextState, event: ContextEvent) =>
      answer(policy.resolve(state, as('context.resolve', event))),
    ),
    read: decided((state: ContextState, event: ContextEvent) =>
      answer({ next: state, reply: policy.read(state, as('context.read', event)) }),
    ),
    conflicts: decided((state: ContextState) => answer({ next: state, reply: policy.conflictsOf(state) })),
    takeOver: decided((state: ContextState) => ({ next: { ...state, recoveries: state.recoveries + 1 } })),
  },
  guards: {
    canOpen: ({ context, event }) => {
      return policy.checkOpen(context, as('context.open', event)) === undefined;
    },
  },
}).createMachine({
  id: 'context',
  context: ({ input }) => unopened(input),
  initial: 'unopened',
  on: { 'actor.recovered': { actions: 'takeOver' } },
  states: {
    unopened: {
      // A refusal is answered by the same action; the store then waits for an `open` that it can take.
      on: { 'context.open': [{ guard: 'canOpen', target: 'open', actions: 'openFirst' }, { actions: 'openFirst' }] },
    },
    open: {
      on: {
        'context.open': { actions: 'openAgain' },
        'context.commit': { actions: 'commit' },
        'context.resolve': { actions: 'resolve' },
        'context.read': { actions: 'read' },
        'context.conflicts': { actions: 'conflicts' },
      },
    },
  },
  options: { maxIterations: MAX_ITERATIONS },
});

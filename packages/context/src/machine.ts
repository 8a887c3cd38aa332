/**
 * The context store of one run.
 *
 * `unopened` takes nothing but `context.open`; `open` serves until the run is forgotten: a context has no end of its
 * own, since people read it long after the run ended. It waits for nothing, so it has no delay and no timer.
 */
import type { Received } from '@tutti/contracts';
import { effectActions } from '@tutti/kernel';
import { assign, enqueueActions, setup } from 'xstate';
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
  | Received<'context.read'>
  | Received<'context.conflicts'>
  | Recovered;

/** The event as the one its row of the table names: an action that another row calls is a defect. */
function as<T extends ContextEvent['type']>(type: T, event: ContextEvent): Extract<ContextEvent, { type: T }> {
  if (event.type !== type) throw new Error(`An action for ${type} was called for ${event.type}`);
  return event as Extract<ContextEvent, { type: T }>;
}

/** No event of this machine raises another; a step that takes more than this has gone in a circle. */
const MAX_ITERATIONS = 10;

export const contextMachine = setup({
  types: {} as { context: ContextState; events: ContextEvent; input: ContextInput },
  actions: {
    ...effectActions,
    openFirst: enqueueActions(({ context, event, enqueue }) => {
      const { next, reply } = policy.openFirst(context, as('context.open', event));
      enqueue.assign(next);
      enqueue({ type: 'reply', params: { message: reply } });
    }),
    openAgain: enqueueActions(({ context, event, enqueue }) => {
      const { next, reply } = policy.openAgain(context, as('context.open', event));
      enqueue.assign(next);
      enqueue({ type: 'reply', params: { message: reply } });
    }),
    commit: enqueueActions(({ context, event, enqueue }) => {
      const { next, reply } = policy.commit(context, as('context.commit', event));
      enqueue.assign(next);
      enqueue({ type: 'reply', params: { message: reply } });
    }),
    read: enqueueActions(({ context, event, enqueue }) => {
      enqueue({ type: 'reply', params: { message: policy.read(context, as('context.read', event)) } });
    }),
    conflicts: enqueueActions(({ context, enqueue }) => {
      enqueue({ type: 'reply', params: { message: policy.conflictsOf(context) } });
    }),
    takeOver: assign({ recoveries: ({ context }) => context.recoveries + 1 }),
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
        'context.read': { actions: 'read' },
        'context.conflicts': { actions: 'conflicts' },
      },
    },
  },
  options: { maxIterations: MAX_ITERATIONS },
});

/**
 * The machine of one agent instance: a table of which state accepts what.
 *
 * idle → preparing (the input is checked) → running → reporting (until the outcome is recorded) → idle, or draining when
 * it takes no more work. Every state that waits has a timer out of it, but two: `idle` waits for work, `draining` for
 * its process to let it go. At most one execution of an instance is ever under way.
 */
import type { Subjects } from '@tutti/contracts';
import { type Effect, effectActions } from '@tutti/kernel';
import { assign, enqueueActions, setup } from 'xstate';
import * as guards from './guards.ts';
import { orderOf, refOf } from './guards.ts';
import type { AgentOptions } from './options.ts';
import * as policy from './policy.ts';

export interface InstanceInput {
  readonly role: string;
  readonly instance: string;
}

/** Takes over what the policy decided. */
function apply(enqueue: Enqueue, { next, effects = [], clear = [], set }: policy.Decision): void {
  enqueue.assign(next);
  for (const effect of effects) enqueue(effect);
  for (const id of clear) enqueue.cancel(id);
  // The kernel adds the time to a timer's event when it fires.
  if (set !== undefined)
    enqueue.raise({ type: `timer.${set.timer}` } as guards.InstanceEvent, { id: set.timer, delay: set.delayMs });
}

interface Enqueue {
  (effect: Effect): void;
  assign(next: policy.InstanceContext): void;
  cancel(id: string): void;
  raise(event: guards.InstanceEvent, options: { id: string; delay: number }): void;
}

const base = (subjects: Subjects, options: AgentOptions) =>
  setup({
    types: {} as { context: policy.InstanceContext; events: guards.InstanceEvent; input: InstanceInput },
    actions: {
      ...effectActions,
      accept: enqueueActions(({ context, event, enqueue }) => apply(enqueue, policy.accept(context, orderOf(event)))),
      acceptAgain: enqueueActions(({ context, event, enqueue }) =>
        apply(enqueue, policy.acceptAgain(context, orderOf(event))),
      ),
      refuse: enqueueActions(({ context, event, enqueue }) => apply(enqueue, policy.refuse(context, orderOf(event)))),
      fenceOff: assign(({ context, event }) => policy.fenceOff(context, refOf(event))),
      abortForTimeout: enqueueActions(({ context, enqueue }) =>
        apply(enqueue, policy.abort(context, 'timeout', options)),
      ),
      abortUnwanted: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.abort(context, 'cancel', options))),
      abortToLeave: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.abort(context, 'leave', options))),
      leave: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.leave(context))),
      conclude: enqueueActions(({ context, event, enqueue }) => {
        const result = event.type === 'execution.ended' ? event.result : undefined;
        apply(enqueue, policy.conclude(context, result, event.at, { subjects, options }));
      }),
      report: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.report(context, { subjects, options }))),
      tellStopped: enqueueActions(({ context, event, enqueue }) =>
        apply(enqueue, policy.tellStopped(context, event.at, { subjects })),
      ),
      forget: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.forget(context))),
      giveUp: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.giveUp(context))),
      drain: assign({ draining: true }),
      markHanging: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.markHanging(context))),
      markReturned: assign({ hanging: false }),
      announce: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.announce(context))),
      sayDrained: enqueueActions(({ context, enqueue }) => apply(enqueue, policy.sayDrained(context))),
    },
  });

/** Until the outcome is recorded it is told again and again. */
const reportingState = (options: AgentOptions) =>
  ({
    entry: 'announce',
    on: {
      'attempt.recorded': { guard: guards.coversHeld, target: 'free', actions: 'forget' },
      'attempt.cancel': [
        { guard: guards.coversHeld, target: 'free', actions: ['fenceOff', 'forget'] },
        { actions: 'fenceOff' },
      ],
      'attempt.run': [
        { guard: guards.isCurrent, actions: 'acceptAgain' },
        { guard: guards.replaces, target: 'preparing', actions: 'accept' },
        { actions: 'refuse' },
      ],
      'timer.repeat': [{ guard: guards.isGivenUp(options), target: 'free', actions: 'giveUp' }, { actions: 'report' }],
    },
  }) as const;

export const instanceMachine = (subjects: Subjects, options: AgentOptions) => {
  const s = base(subjects, options);
  /** What `preparing` and `running` have in common. */
  const working = s.createStateConfig({
    on: {
      'attempt.run': [
        { guard: guards.isCurrent, actions: 'acceptAgain' },
        { guard: guards.supersedes, actions: ['refuse', 'abortUnwanted'] },
        { actions: 'refuse' },
      ],
      'attempt.cancel': [{ guard: guards.coversHeld, actions: ['fenceOff', 'abortUnwanted'] }, { actions: 'fenceOff' }],
      'attempt.recorded': { guard: guards.coversHeld, actions: 'abortUnwanted' },
      'timer.timeout': { actions: 'abortForTimeout' },
      'timer.grace': [
        { guard: guards.isUnwanted, target: 'free', actions: ['markHanging', 'forget'] },
        { target: 'reporting', actions: ['markHanging', 'conclude'] },
      ],
      'execution.ended': [
        { guard: guards.isHeldButUnwanted, target: 'free', actions: ['tellStopped', 'forget'] },
        { guard: guards.isHeld, target: 'reporting', actions: 'conclude' },
      ],
      'host.drain': [{ guard: guards.wantsAbort, actions: ['drain', 'abortToLeave'] }, { actions: 'drain' }],
    },
  });
  return s.createMachine({
    id: 'instance',
    context: ({ input }) => policy.newInstance(input.role, input.instance),
    initial: 'idle',
    options: { maxIterations: 8 },
    on: {
      'attempt.run': { actions: 'refuse' },
      'attempt.cancel': { actions: 'fenceOff' },
      'host.drain': { actions: 'drain' },
      'host.leave': { target: '.gone', actions: 'leave' },
      'execution.ended': { guard: guards.isHanging, actions: 'markReturned' },
    },
    states: {
      idle: {
        entry: 'announce',
        on: {
          'attempt.run': [{ guard: guards.isWelcome, target: 'preparing', actions: 'accept' }, { actions: 'refuse' }],
          'host.drain': { target: 'draining', actions: 'drain' },
        },
      },
      preparing: {
        entry: 'announce',
        on: { ...working.on, 'execution.prepared': { guard: guards.isHeld, target: 'running' } },
      },
      running: { entry: 'announce', on: working.on },
      reporting: reportingState(options),
      /** Passed through: with nothing held, where to? */
      free: { always: [{ guard: guards.takesWork, target: 'idle' }, { target: 'draining' }] },
      draining: {
        entry: ['announce', 'sayDrained'],
        on: { 'execution.ended': { guard: guards.isHanging, actions: ['markReturned', 'sayDrained'] } },
      },
      gone: { type: 'final', entry: 'retire' },
    },
  });
};

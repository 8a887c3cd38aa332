/**
 * The machine of one agent instance: a table of which state accepts what.
 *
 * idle → preparing (the input is checked) → running → reporting (until the outcome is recorded) → idle, or draining when
 * it takes no more work. Every state that waits has a timer out of it, but two: `idle` waits for work, `draining` for
 * its process to let it go. At most one execution of an instance is ever under way.
 */
import type { Body, Subjects } from '@tutti/contracts';
import { type Decision, decided, effectActions } from '@tutti/kernel';
import { setup } from 'xstate';
import * as guards from './guards.ts';
import { orderOf, refOf } from './guards.ts';
import type { AgentOptions } from './options.ts';
import * as policy from './policy.ts';

export interface InstanceInput {
  readonly role: string;
  readonly instance: string;
}

type State = policy.InstanceContext;
type Event = guards.InstanceEvent;

/** What the policy decided, for the kernel, which adds the time to a timer's event when it fires. */
const taken = ({ next, effects = [], clear = [], set }: policy.Decision): Decision<State> => ({
  next,
  effects,
  clear,
  set: set === undefined ? [] : [{ id: set.timer, delayMs: set.delayMs, event: { type: `timer.${set.timer}` } }],
});
const decide = (policyOf: (state: State, event: Event) => policy.Decision) =>
  decided((state: State, event: Event) => taken(policyOf(state, event)));

const base = (subjects: Subjects, options: AgentOptions) =>
  setup({
    types: {} as { context: policy.InstanceContext; events: guards.InstanceEvent; input: InstanceInput },
    actions: {
      ...effectActions,
      accept: decide((state, event) => policy.accept(state, orderOf(event))),
      acceptAgain: decide((state, event) => policy.acceptAgain(state, orderOf(event))),
      refuse: decide((state, event) => policy.refuse(state, orderOf(event))),
      fenceOff: decide((state, event) => ({ next: policy.fenceOff(state, refOf(event)) })),
      abortForTimeout: decide((state) => policy.abort(state, 'timeout', options)),
      abortUnwanted: decide((state) => policy.abort(state, 'cancel', options)),
      abortAlone: decide((state) => policy.abort(state, 'alone', options)),
      abortToLeave: decide((state) => policy.abort(state, 'leave', options)),
      leave: decide((state) => policy.leave(state)),
      conclude: decide((state, event) => {
        return policy.conclude(state, guards.endedOf(event), event.at, { subjects, options });
      }),
      report: decide((state) => policy.report(state, { subjects, options })),
      tellStopped: decide((state, event) => policy.tellStopped(state, event.at, { subjects })),
      forget: decide((state, event) => policy.forget(state, false, guards.endedOf(event))),
      recorded: decide((state, event) => policy.recorded(state, event as Body<'attempt.recorded'>)),
      giveUp: decide((state) => policy.giveUp(state)),
      drain: decide((state) => ({ next: { ...state, draining: true } })),
      markHanging: decide((state) => policy.markHanging(state)),
      markReturned: decide((state, event) => policy.markReturned(state, guards.keyOf(event), guards.endedOf(event))),
      announce: decide((state) => policy.announce(state)),
      sayDrained: decide((state) => policy.sayDrained(state)),
    },
  });

/** Until the outcome is recorded it is told again and again. */
const reportingState = (options: AgentOptions) =>
  ({
    entry: 'announce',
    on: {
      'attempt.recorded': { guard: guards.coversHeld, target: 'free', actions: 'recorded' },
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
      'host.alone': { guard: guards.isHeld, actions: 'abortAlone' },
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

/**
 * One action for everything that a policy decides: the next context, what leaves the machine, which timers stop and start.
 *
 * A machine of this house is a table from state and event to a pure decision. XState would say a decision as a list of
 * actions (`enqueueActions`) and resolve each; this says it as the one value that it is. It is an action of XState's own
 * built-in form (as `assign` is), so a live XState actor takes it too; there the effects and timers go nowhere.
 */
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { Effect } from './effects.ts';

/** What a machine wants to be woken by. `delayMs` counts from the event that set it; the same id replaces. */
export interface TimerSet {
  readonly id: string;
  readonly delayMs: number;
  readonly event: EventObject;
}

export interface Decision<C> {
  /** The whole next context; the same object when nothing changes. */
  readonly next: C;
  readonly effects?: readonly Effect[];
  /** Ids of timers that stop, before `set` starts others. */
  readonly clear?: readonly string[];
  readonly set?: readonly TimerSet[];
}

/** Name under which a decision reaches the executor. */
export const DECISION = 'tutti.decision';

interface Resolving {
  readonly actionExecutor: (action: { type: string; params: unknown; info: unknown; exec: undefined }) => void;
}

/** Pure: may be called more than once for one event. */
export type Decide = (context: never, event: never) => Decision<unknown>;
const DECIDE = Symbol('decide');

/** Makes an action for `setup({ actions })` of a pure function. */
export function decided<C, E extends EventObject>(decide: (context: C, event: E) => Decision<C>): () => void {
  const resolve = (scope: Resolving, snapshot: AnyMachineSnapshot, args: { event: E }) => {
    const decision = decide(snapshot.context as C, args.event);
    scope.actionExecutor({ type: DECISION, params: decision, info: args, exec: undefined });
    return [withContext(snapshot, decision.next)];
  };
  return Object.assign(() => undefined, { type: DECISION, resolve, [DECIDE]: decide as unknown as Decide });
}

/** The pure function behind an action; undefined when it is of another kind. */
export const decideOf = (action: unknown): Decide | undefined =>
  (action as { readonly [DECIDE]?: Decide } | undefined)?.[DECIDE];

export const withContext = (snapshot: AnyMachineSnapshot, context: unknown): AnyMachineSnapshot =>
  snapshot.context === context ? snapshot : ({ ...snapshot, context } as AnyMachineSnapshot);

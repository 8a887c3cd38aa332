/**
 * The seam to XState: the only file that knows how a machine is stepped without an actor system.
 *
 * `machine.transition` is called with one scope of our own whose `actionExecutor` collects what the machine wants done
 * instead of doing it. Guards and assigns run; everything else comes back as data. A delayed raise (what `after` is made
 * of) comes back as a timer, a cancel as the end of one.
 *
 * Invariants, held by `stepper.test.ts`:
 *  1. A step is a function of snapshot and event: nothing is performed, nothing is remembered between steps.
 *  2. The live XState actor and this stepper agree on state, context and the order of actions.
 *  3. The short way (see `short-way.ts`) gives what XState's own way gives.
 *  4. A guard or assign that throws leaves the given snapshot as it was; the error reaches the caller.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import { DECISION, type Decision, type TimerSet, withContext } from './decided.ts';
import type { Effect } from './effects.ts';
import { ShortWay } from './short-way.ts';

export { type Decision, decided, type TimerSet } from './decided.ts';

/** What came of one step. */
export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly effects: readonly Effect[];
  readonly set: readonly TimerSet[];
  readonly cleared: readonly string[];
}

export interface Stepper {
  start(input?: unknown): Step;
  step(snapshot: AnyMachineSnapshot, event: EventObject): Step;
  /** Whether the snapshot has a transition for the event, guards included. */
  can(snapshot: AnyMachineSnapshot, event: EventObject): boolean;
  /** A snapshot from its plain form (see `freeze`). */
  thaw(frozen: FrozenSnapshot): AnyMachineSnapshot;
}

/** A snapshot as plain JSON: what a journal's snapshot record holds. */
export interface FrozenSnapshot {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: string;
}

export const freeze = (snapshot: AnyMachineSnapshot): FrozenSnapshot => ({
  value: snapshot.value,
  context: snapshot.context,
  status: snapshot.status,
});

interface Collected {
  effects: Effect[];
  set: TimerSet[];
  cleared: string[];
}

/** An action as XState hands it to an executor. */
interface ExecutableAction {
  readonly type: string;
  readonly params: unknown;
}

interface RaiseParams {
  readonly id?: string;
  readonly event: EventObject;
  readonly delay?: number;
}

function collect(into: Collected, action: ExecutableAction): void {
  if (action.type === DECISION) {
    collectDecision(into, action.params as Decision<unknown>);
  } else if (action.type === 'xstate.raise') {
    const { id, event, delay } = action.params as RaiseParams;
    into.set.push({ id: id ?? event.type, delayMs: delay ?? 0, event });
  } else if (action.type === 'xstate.cancel') {
    clear(into, (action.params as { sendId: string }).sendId);
  } else if (action.type.startsWith('xstate.')) {
    throw new Error(`A machine may not use ${action.type}: leave the machine by an effect instead`);
  } else {
    into.effects.push({ type: action.type, params: action.params } as Effect);
  }
}

/** Set and cleared within one step never was; so a reader may take `cleared` first and `set` after it. */
function clear(into: Collected, id: string): void {
  into.cleared.push(id);
  if (into.set.length > 0) into.set = into.set.filter((timer) => timer.id !== id);
}

function collectDecision(into: Collected, { effects, clear: ids, set }: Decision<unknown>): void {
  if (effects !== undefined) into.effects.push(...effects);
  if (ids !== undefined) for (const id of ids) clear(into, id);
  if (set !== undefined) into.set.push(...set);
}

export function createStepper(machine: AnyStateMachine): Stepper {
  let collected: Collected = { effects: [], set: [], cleared: [] };
  const scope = createScope((action) => collect(collected, action));
  const shortWay = new ShortWay(machine);
  const short = (snapshot: AnyMachineSnapshot, event: EventObject): Step | undefined => {
    const taken = shortWay.take(snapshot, event);
    if (taken === undefined) return undefined;
    const into: Collected = { effects: [], set: [], cleared: [] };
    for (const decision of taken.decisions) collectDecision(into, decision);
    return { snapshot: taken.snapshot, effects: into.effects, set: into.set, cleared: into.cleared };
  };
  const run = (advance: () => AnyMachineSnapshot): Step => {
    collected = { effects: [], set: [], cleared: [] };
    const snapshot = advance();
    if (snapshot.status === 'error') throw snapshot.error;
    return { snapshot, ...collected };
  };
  return {
    start: (input) => run(() => machine.getInitialSnapshot(scope, input)),
    step: (snapshot, event) => short(snapshot, event) ?? run(() => machine.transition(snapshot, event, scope)),
    can: (snapshot, event) =>
      machine.getTransitionData(snapshot, event).some((t) => t.target !== undefined || t.actions.length > 0),
    thaw: (frozen) => {
      // XState would look for actors in the context, which is data of users too.
      const plain = { ...frozen, context: {}, children: {}, historyValue: {}, output: undefined, error: undefined };
      return withContext(machine.restoreSnapshot(plain as never, scope as never), frozen.context);
    },
  };
}

/** A scope that is good for stepping and for nothing else: it has no parent, no children and no clock. */
function createScope(actionExecutor: (action: ExecutableAction) => void): AnyActorScope {
  const refuse = (): never => {
    throw new Error('A hosted machine may not spawn, send to or stop actors: leave the machine by an effect instead');
  };
  const self = { id: 'hosted', sessionId: 'hosted', _parent: undefined, send: refuse, getSnapshot: refuse };
  const system = {
    _bookId: refuse,
    _register: refuse,
    _relay: refuse,
    _sendInspectionEvent: () => undefined,
    get: () => undefined,
  };
  return {
    self,
    id: 'hosted',
    sessionId: 'hosted',
    logger: () => undefined,
    defer: refuse,
    emit: refuse,
    system,
    stopChild: refuse,
    actionExecutor,
  } as unknown as AnyActorScope;
}

/**
 * The short way of a step: one transition that stays where it is and does nothing but decide.
 *
 * Nearly every message of a run is of this form, and XState's general algorithm (sets of states to leave and to enter,
 * a snapshot for each microstep) costs it several times what the decision costs. Whatever is not plainly of this form
 * goes XState's way. `stepper.test.ts` holds that both ways agree.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import { type Decide, type Decision, decideOf, withContext } from './decided.ts';

type Transition = ReturnType<AnyStateMachine['getTransitionData']>[number];

export interface ShortStep {
  readonly snapshot: AnyMachineSnapshot;
  readonly decisions: readonly Decision<unknown>[];
}

export class ShortWay {
  readonly #machine: AnyStateMachine;
  readonly #known = new WeakMap<Transition, readonly Decide[] | 'long'>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  /** Undefined when the step has to go XState's way. Pure: nothing is done that has to be undone then. */
  take(snapshot: AnyMachineSnapshot, event: EventObject): ShortStep | undefined {
    if (event.type.startsWith('xstate.') || snapshot.status !== 'active') return undefined;
    const transitions = this.#machine.getTransitionData(snapshot, event);
    const [only] = transitions;
    if (only === undefined || transitions.length > 1) return undefined;
    const deciders = this.#decidersOf(only);
    if (deciders === 'long') return undefined;
    let next: AnyMachineSnapshot = snapshot as AnyMachineSnapshot;
    const decisions: Decision<unknown>[] = [];
    for (const decide of deciders) {
      const decision = decide(next.context as never, event as never);
      decisions.push(decision);
      next = withContext(next, decision.next);
    }
    return this.#isAtRest(next, event) ? { snapshot: next, decisions } : undefined;
  }

  #decidersOf(transition: Transition): readonly Decide[] | 'long' {
    let known = this.#known.get(transition);
    if (known === undefined) {
      known = this.#readDeciders(transition);
      this.#known.set(transition, known);
    }
    return known;
  }

  #readDeciders({ target, reenter, actions }: Transition): readonly Decide[] | 'long' {
    if (target !== undefined || reenter) return 'long';
    const deciders = actions.map((action) => decideOf(this.#implementationOf(action)));
    return deciders.some((d) => d === undefined) ? 'long' : (deciders as Decide[]);
  }

  #implementationOf(action: unknown): unknown {
    if (typeof action === 'function') return action;
    const name = typeof action === 'string' ? action : (action as { readonly type: string }).type;
    return this.#machine.implementations.actions[name];
  }

  /** Whether no eventless transition leads on from here, as far as that is plain to see. */
  #isAtRest(snapshot: AnyMachineSnapshot, event: EventObject): boolean {
    for (const node of snapshot._nodes) {
      for (const { guard } of node.always ?? []) {
        const test = typeof guard === 'string' ? this.#machine.implementations.guards[guard] : guard;
        if (typeof test !== 'function') return false;
        if ((test as (args: object, params: undefined) => boolean)({ context: snapshot.context, event }, undefined)) {
          return false;
        }
      }
    }
    return true;
  }
}

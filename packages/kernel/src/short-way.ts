/**
 * The short way of a step, for what nearly every step is: in a machine without nested states, one transition that stays
 * or goes to a sibling, whose actions only decide.
 *
 * XState's general algorithm (sets of states to leave and to enter, a snapshot for each microstep) costs such a step
 * several times what the decision costs. Whatever is not plainly of this form goes XState's way. `stepper.test.ts` holds
 * that both ways agree.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from 'xstate';
import { type Decide, type Decision, decideOf } from './decided.ts';

type Transition = ReturnType<AnyStateMachine['getTransitionData']>[number];

export interface ShortStep {
  readonly snapshot: AnyMachineSnapshot;
  readonly decisions: readonly Decision<unknown>[];
}

type Test = (args: object, params: undefined) => boolean;
/** `none`: nothing; `long`: XState has to say. */
type Enabled = Transition | 'none' | 'long';
const NONE: readonly Transition[] = [];

/** Where one transition leads from one state, and what is decided on the way. */
interface Move {
  readonly leaf: AnyStateNode;
  readonly deciders: readonly Decide[];
}

/** Where a step is while it is taken. */
interface Place {
  leaf: AnyStateNode;
  context: unknown;
  readonly decisions: Decision<unknown>[];
}

/** Eventless transitions one step may take here; XState counts from there on. */
const MAX_EVENTLESS = 8;

export class ShortWay {
  readonly #machine: AnyStateMachine;
  readonly #moves = new WeakMap<Transition, Map<AnyStateNode, Move | 'long'>>();
  /** Whether a state names every event that it takes, with no wildcard. */
  readonly #isPlain = new Map<AnyStateNode, boolean>();
  readonly #shapes = new Map<AnyStateNode, Pick<AnyMachineSnapshot, '_nodes' | 'value' | 'tags'>>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  /** Undefined when the step has to go XState's way. Pure: nothing is done that has to be undone then. */
  take(snapshot: AnyMachineSnapshot, event: EventObject): ShortStep | undefined {
    const leaf = this.#leafOf(snapshot);
    if (leaf === undefined || event.type.startsWith('xstate.')) return undefined;
    const place: Place = { leaf, context: snapshot.context, decisions: [] };
    const transition = this.#enabled(place, event);
    if (typeof transition === 'string') return undefined;
    if (!this.#go(place, transition, event) || !this.#rest(place, event)) return undefined;
    return { snapshot: this.#snapshotAt(snapshot, place), decisions: place.decisions };
  }

  /** The one state the machine is in, when it is a child of the root and has no children. */
  #leafOf(snapshot: AnyMachineSnapshot): AnyStateNode | undefined {
    const { status, value } = snapshot;
    if (status !== 'active' || typeof value !== 'string') return undefined;
    const leaf = this.#machine.root.states[value];
    return leaf?.type === 'atomic' ? leaf : undefined;
  }

  #go(place: Place, transition: Transition, event: EventObject): boolean {
    const move = this.#moveOf(transition, place.leaf);
    if (move === 'long') return false;
    for (const decide of move.deciders) {
      const decision = decide(place.context as never, event as never);
      place.decisions.push(decision);
      place.context = decision.next;
    }
    place.leaf = move.leaf;
    return true;
  }

  /** Follows eventless transitions until none is enabled; false when that is not plain to see. */
  #rest(place: Place, event: EventObject): boolean {
    for (let n = 0; n < MAX_EVENTLESS; n++) {
      const enabled = this.#eventless(place, event);
      if (enabled === 'none') return true;
      if (enabled === 'long' || !this.#go(place, enabled, event)) return false;
    }
    return false;
  }

  /** The transition that the event enables: the state's own, else the machine's. */
  #enabled(place: Place, event: EventObject): Enabled {
    for (const node of [place.leaf, this.#machine.root]) {
      const found = this.#first(this.#candidatesOf(node, event.type), place.context, event);
      if (found !== 'none') return found;
    }
    return 'none';
  }

  #candidatesOf(node: AnyStateNode, type: string): readonly Transition[] | 'long' {
    let plain = this.#isPlain.get(node);
    if (plain === undefined) {
      plain = ![...node.transitions.keys()].some((descriptor) => descriptor.endsWith('*'));
      this.#isPlain.set(node, plain);
    }
    return plain ? ((node.transitions.get(type) as readonly Transition[] | undefined) ?? NONE) : 'long';
  }

  #eventless({ leaf, context }: Place, event: EventObject): Enabled {
    for (const node of [leaf, this.#machine.root]) {
      const found = this.#first((node.always as readonly Transition[] | undefined) ?? NONE, context, event);
      if (found !== 'none') return found;
    }
    return 'none';
  }

  /** The first candidate whose guard holds. A guard that throws is for XState to tell of. */
  #first(candidates: readonly Transition[] | 'long', context: unknown, event: EventObject): Enabled {
    if (candidates === 'long') return 'long';
    for (const transition of candidates) {
      const { guard } = transition;
      if (guard === undefined) return transition;
      const test = typeof guard === 'string' ? this.#machine.implementations.guards[guard] : guard;
      if (typeof test !== 'function' || 'check' in test) return 'long';
      try {
        if ((test as Test)({ context, event }, undefined)) return transition;
      } catch {
        return 'long';
      }
    }
    return 'none';
  }

  #moveOf(transition: Transition, from: AnyStateNode): Move | 'long' {
    let byState = this.#moves.get(transition);
    if (byState === undefined) {
      byState = new Map();
      this.#moves.set(transition, byState);
    }
    let move = byState.get(from);
    if (move === undefined) {
      move = this.#readMove(transition, from);
      byState.set(from, move);
    }
    return move;
  }

  #readMove({ target, reenter, source, actions }: Transition, from: AnyStateNode): Move | 'long' {
    const { root } = this.#machine;
    if (reenter || (target?.length ?? 0) > 1) return 'long';
    const [to = from] = target ?? [];
    if (to.parent !== root || to.type !== 'atomic') return 'long';
    const stays = target === undefined || (to === from && source === from);
    const all = stays ? actions : [...from.exit, ...actions, ...to.entry];
    const deciders = all.map((action) => decideOf(this.#implementationOf(action)));
    return deciders.some((d) => d === undefined) ? 'long' : { leaf: to, deciders: deciders as Decide[] };
  }

  #implementationOf(action: unknown): unknown {
    if (typeof action === 'function') return action;
    const name = typeof action === 'string' ? action : (action as { readonly type: string }).type;
    return this.#machine.implementations.actions[name];
  }

  #snapshotAt(before: AnyMachineSnapshot, { leaf, context }: Place): AnyMachineSnapshot {
    if (before.value === leaf.key) {
      return before.context === context ? before : ({ ...before, context } as AnyMachineSnapshot);
    }
    let shape = this.#shapes.get(leaf);
    if (shape === undefined) {
      shape = { _nodes: [this.#machine.root, leaf], value: leaf.key, tags: new Set(leaf.tags) };
      this.#shapes.set(leaf, shape);
    }
    return { ...before, ...shape, context } as AnyMachineSnapshot;
  }
}

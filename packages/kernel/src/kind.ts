/** What an actor package tells the kernel of its kind of actor. */
import type { AnyMessage, MessageType } from '@tutti/contracts';
import type { AnyStateMachine } from 'xstate';

/**
 * How an accepted message is recorded by a durable actor.
 *
 * - `durable`: appended; its effects are performed once the append is acknowledged.
 * - `lazy`: its effects are performed at once and its record rides with the next append, or follows within
 *   `lazyFlushMs`; in order all the same, so after a durable event that is not appended yet it is durable too, and so it is
 *   when it ends the actor. For what a later owner can do without (a grant, a placement) and for what is durable elsewhere
 *   and asked for before anything is started (a commit).
 * - `volatile`: never recorded. It may cause effects but must not change the snapshot; the kernel asserts it. Its effects
 *   wait until everything stepped before it is durable, so that no answer tells of what may yet be lost.
 * - `prompt`: volatile, but its effects wait for nothing: for what tells nobody of the state, or says itself how far that is
 *   written: a volatile event has `unwritten: true` while steps before it are not.
 *
 * Actors that are not durable perform everything at once and read none of this but the type's presence.
 */
export type Durability = 'durable' | 'lazy' | 'volatile' | 'prompt';

/** Never recorded. */
export const isVolatile = (durability: Durability): boolean => durability === 'volatile' || durability === 'prompt';

/** Tokens of the actor's subject: `run`, `shard`, `group`, `pool`, `role`, `instance`. */
export type ActorParams = Readonly<Record<string, string>>;

export interface ActorKind {
  /** Short name: `wf`, `ctx`, `bar`, `res`, `agt`. First token of its log key. */
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** Whether it keeps a log and is recovered from it. */
  readonly durable: boolean;
  /**
   * The form of what it writes, which every owner says in the log: raised when code of before would replay a journal of this
   * code to another state. Durable kinds only. Default 1.
   */
  readonly form?: number;
  /** Older forms whose journals it replays to the state that they had. */
  readonly readsForms?: readonly number[];
  /**
   * The form of its state: raised when this code cannot go on from a state that code of before had. Then journals are replayed
   * from their first record. Durable kinds only. Default 1.
   */
  readonly stateForm?: number;
  /**
   * Every event it takes, machine-internal ones (timers) included; a timer that is not named here is `durable`. The kernel tells
   * those that name them: `actor.recovered` (this process took it over) and `log.filled` (its log has room for its end only).
   */
  readonly accepts: Readonly<Record<string, Durability>>;
  /** Messages that may create an actor that has no log. `'*'`: any. */
  readonly creates: readonly (MessageType | '*')[];
  /** Input of a new actor's machine; `ownerEpoch` is the epoch under which this process owns its shard. */
  readonly input: (params: ActorParams, message: AnyMessage | undefined, ownerEpoch: number) => unknown;
}

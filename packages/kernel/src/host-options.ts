/** What a host is told of the actors it hosts. */
import type { AnyMessage, EventOf, SubjectName, TuttiError } from '@tutti/contracts';
import type { Actor } from './actor.ts';
import type { StopReason } from './actor-deps.ts';
import type { Incoming } from './exchange.ts';
import type { HostLimits } from './host-limits.ts';
import type { ActorParams } from './kind.ts';
import type { CustomContext } from './performer.ts';

export interface Loading {
  /** Rejects with why an actor that has a log must not be replayed. */
  allow(params: ActorParams): Promise<void>;
  /** It could not be loaded, for this reason. */
  failed(params: ActorParams, error: TuttiError): void;
}

export interface HostOptions {
  /** Subjects that lead to these actors; all of them carry the tokens that `idOf` needs. */
  readonly subjects: readonly SubjectName[];
  /** The actor's id from the tokens of a subject. */
  idOf(params: ActorParams): string;
  /** Key of the actor's log; durable kinds only. */
  logKeyOf?(params: ActorParams): string;
  /** Ownership epoch of the actor's shard here; undefined when this process does not own it. */
  ownerEpoch?(params: ActorParams): number | undefined;
  /** Told of an actor whose journal has a newer owner than this process is; the actor is not taken. */
  outdated?(params: ActorParams, epoch: number): void;
  /** False keeps a message from bringing an actor back that is over for good. */
  mayCreate?(params: ActorParams, message: AnyMessage | undefined): boolean;
  /**
   * Takes what is said about an actor to whoever hosts it and not to the actor itself; true when it did. For what is done to
   * actors that need not be here, or that nobody can load.
   */
  besides?(incoming: Incoming): boolean;
  /** Watches over the loading of actors from their logs. */
  readonly loading?: Loading;
  /** Performs effects that only this kind has. */
  custom?(name: string, data: unknown, context: CustomContext): void;
  /** Told of each event for people that an actor has told, whether anybody of them listens or not. */
  readonly emitted?: ((event: EventOf) => void) | undefined;
  /** Told of every actor that appears and of every one that stops. */
  onActor?(actor: Actor, change: 'started' | 'recovered' | 'revived' | StopReason): void;
  readonly limits?: Partial<HostLimits>;
}

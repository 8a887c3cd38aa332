/** What one actor is given, and what bounds it. */
import type { TuttiError } from '@tutti/contracts';
import type { EventObject } from 'xstate';
import type { Actor } from './actor.ts';
import type { Cause } from './batch.ts';
import type { Effect } from './effects.ts';
import type { Journal } from './journal.ts';
import type { ActorKind, ActorParams } from './kind.ts';
import type { KernelPorts } from './ports.ts';
import type { Stepper } from './stepper.ts';

/** An event as it is stepped and recorded. */
export type TimedEvent = EventObject & { readonly at: number };

export interface ActorDeps {
  readonly ports: Pick<KernelPorts, 'clock' | 'ids' | 'log' | 'meter'>;
  readonly kind: ActorKind;
  readonly stepper: Stepper;
  readonly id: string;
  readonly params: ActorParams;
  /** Absent for actors that are not durable. */
  readonly journal?: Journal | undefined;
  readonly ownerEpoch: number;
  /** Name of this process, as a recovered actor is told. */
  readonly owner: string;
  readonly limits: ActorLimits;
  perform(effect: Effect, cause: Cause, actor: Actor): void;
  /** A step broke; it is answered already. */
  broke(error: unknown): void;
  /** The actor stopped: it has ended, was fenced, or cannot go on, for this reason. */
  stopped(actor: Actor, reason: StopReason, error?: TuttiError): void;
  /** The actor, which had ended, goes on. */
  revived(actor: Actor): void;
}

/** `known`: it was taken for new, and its log is not empty. */
export type StopReason = 'retired' | 'fenced' | 'broken' | 'released' | 'known';

export interface ActorLimits {
  /** Events that may wait for one append. */
  readonly maxPending: number;
  /** How long a record of lazy events alone may wait, ms. */
  readonly lazyFlushMs: number;
  /** Records of a journal between two of its checkpoints; 0: none. */
  readonly checkpointEvery: number;
  /** Wait before an append that the broker did not take is tried again, ms. */
  readonly appendRetryMs: number;
}

/**
 * Barriers of this node that are over. A barrier is not durable, so a message that comes late would bring it back, and it
 * would decide a second time. The next round of its group is another matter, and so is a newer owner of the run: its journal does not
 * have the decision, for a broker has lost it.
 */
import type { BarrierState } from '@tutti/barrier';
import { type ActorParams, type HostOptions, remembering } from '@tutti/kernel';

/** Barriers remembered; a late message is seconds late, and a node decides less than this in that time. */
const MAX_DECIDED = 10_000;

interface Decided {
  readonly round: number;
  /** Of the owner for whom it decided. */
  readonly ownerEpoch: number;
}

export interface DecidedBarriers extends Required<Pick<HostOptions, 'onActor' | 'mayCreate'>> {
  /** Another run may come by this name. */
  forget(run: string): void;
}

export function decidedBarriers(): DecidedBarriers {
  const rounds = remembering<Decided>(MAX_DECIDED);
  const keyOf = ({ run = '', group = '' }: ActorParams): string => `${run}.${group}`;
  return {
    onActor(actor, change) {
      const state = actor.snapshot?.context as BarrierState | undefined;
      if (change !== 'retired' || state === undefined) return;
      rounds.set(keyOf(actor.params), { round: state.round, ownerEpoch: actor.ownerEpoch });
    },
    mayCreate(params, message) {
      const known = rounds.get(keyOf(params));
      if (message?.type !== 'barrier.open' || known === undefined) return true;
      return message.round > known.round || (message.ownerEpoch ?? 0) > known.ownerEpoch;
    },
    forget(run) {
      for (const key of [...rounds.keys()]) if (key.startsWith(`${run}.`)) rounds.delete(key);
    },
  };
}

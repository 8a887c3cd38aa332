/**
 * Barriers of this node that are over. A barrier is not durable, so a message that comes late would bring it back, and it
 * would decide a second time. The next round of its group is another matter.
 */
import type { BarrierState } from '@tutti/barrier';
import type { ActorParams, HostOptions } from '@tutti/kernel';
import { LRUCache } from 'lru-cache';

/** Barriers remembered; a late message is seconds late, and a node decides less than this in that time. */
const MAX_DECIDED = 10_000;

export interface DecidedBarriers extends Required<Pick<HostOptions, 'onActor' | 'mayCreate'>> {
  /** Another run may come by this name. */
  forget(run: string): void;
}

export function decidedBarriers(): DecidedBarriers {
  // Made when it is needed: it takes its whole size at once, and many nodes never host a barrier.
  let rounds: LRUCache<string, number> | undefined;
  const keyOf = ({ run = '', group = '' }: ActorParams): string => `${run}.${group}`;
  return {
    onActor(actor, change) {
      const state = actor.snapshot?.context as BarrierState | undefined;
      if (change !== 'retired' || state === undefined) return;
      rounds ??= new LRUCache<string, number>({ max: MAX_DECIDED });
      rounds.set(keyOf(actor.params), state.round);
    },
    mayCreate: (params, message) =>
      message?.type !== 'barrier.open' || message.round > (rounds?.get(keyOf(params)) ?? 0),
    forget(run) {
      for (const key of [...(rounds?.keys() ?? [])]) if (key.startsWith(`${run}.`)) rounds?.delete(key);
    },
  };
}

/** What a batch becomes in the journal. */
import type { TuttiError } from '@tutti/contracts';
import type { ActorDeps } from './actor-deps.ts';
import type { Batch } from './batch.ts';
import type { Draft, Tail } from './journal.ts';
import { formOf } from './replay.ts';

type Deps = Pick<ActorDeps, 'ports' | 'kind' | 'ownerEpoch'>;

/** @param lastAt time of the last event that was stepped */
export function draftOf(
  { ports, kind, ownerEpoch }: Deps,
  batch: Batch,
  tail: Tail,
  { lastAt, ended }: { lastAt(): number; ended(): boolean },
): Draft {
  // Whoever writes under a new epoch takes over, even if the actor had ended and has no `actor.recovered` to say.
  const acquired = tail.epoch !== 0 && tail.epoch !== ownerEpoch;
  return {
    ...(acquired || tail.n === 0 ? { form: formOf(kind) } : {}),
    kind: acquired ? 'acquired' : 'steps',
    id: ports.ids.next(),
    epoch: ownerEpoch,
    time: lastAt(),
    events: batch.events,
    end: batch.end || ended(),
    ...(batch.input === undefined ? {} : { input: batch.input }),
    ...(batch.checkpoint === undefined ? {} : { checkpoint: batch.checkpoint }),
  };
}

/** Whether an error that ends the actor is one of every event in the batch, and not of one among them. */
export const isOfAll = ({ code }: TuttiError, { events }: Batch): boolean =>
  code === 'log_full' || code === 'log_truncated' || (code === 'body_too_large' && events.length === 1);

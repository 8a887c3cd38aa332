/**
 * What a record of a journal says of those before it: where the state after them lies, and they themselves. They may go from
 * the log then. The state spares whoever loads the actor their replay; nothing is lost with it, for the records stay in
 * segments, and code that cannot go on from the state replays them.
 */
import { z } from 'zod';
import type { ActorKind } from './kind.ts';
import { formOf } from './replay.ts';
import type { FrozenSnapshot } from './stepper.ts';
import type { FrozenTimer } from './timers.ts';

export const checkpointSchema = z.object({
  /** Number and id of the last record that it covers. */
  n: z.number().int().positive(),
  id: z.string(),
  /** Sequence of the last recorded event that these records caused; 0: they told of none. */
  told: z.number().int().nonnegative(),
  /** Form of that record, and of the state. */
  form: z.number().int().positive(),
  stateForm: z.number().int().positive(),
  /** Names of blobs: the state after record `n`, where it was not too large, and all records to it in order. */
  state: z.string().optional(),
  segments: z.array(z.string()),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Segments that a checkpoint may name, for its record has to fit a message. Beyond it the journal is not cut any more. */
export const MAX_SEGMENTS = 5_000;

/** An actor as plain data: what its snapshot and its timers are between two events. */
export interface FrozenActor {
  readonly snapshot: FrozenSnapshot;
  readonly timers: readonly FrozenTimer[];
  /** Sequence of the last recorded event that it told. */
  readonly told: number;
}

type Forms = Pick<ActorKind, 'form' | 'stateForm'>;

export const formsOf = (kind: Forms): Pick<Checkpoint, 'form' | 'stateForm'> => ({
  form: formOf(kind),
  stateForm: kind.stateForm ?? 1,
});

/** Whether code of this kind goes on from such a state. Otherwise it replays. */
export function isOwnState(kind: Forms, { form, stateForm }: Checkpoint): boolean {
  const own = formsOf(kind);
  return form === own.form && stateForm === own.stateForm;
}

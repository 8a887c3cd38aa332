/** A journal, folded: the state that an actor had after its last record. */
import { TuttiError } from '@tutti/contracts';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { JournalRecord } from './journal.ts';
import type { ActorKind } from './kind.ts';
import type { FrozenSnapshot, Step, Stepper } from './stepper.ts';

/** Folds records into a snapshot, telling each step to `seen`; effects are muted. `from`: the state before the first. */
export function replay(
  stepper: Stepper,
  records: readonly JournalRecord[],
  seen: (step: Step, at: number) => void,
  from?: FrozenSnapshot,
): AnyMachineSnapshot {
  let snapshot = from === undefined ? started(stepper, records[0], seen) : stepper.thaw(from);
  for (const { events } of records) {
    for (const event of events) {
      const step = stepper.step(snapshot, event as EventObject);
      seen(step, event.at);
      snapshot = step.snapshot;
    }
  }
  return snapshot;
}

function started(
  stepper: Stepper,
  first: JournalRecord | undefined,
  seen: (step: Step, at: number) => void,
): AnyMachineSnapshot {
  if (first === undefined) throw new TuttiError('internal_error', 'A journal without records cannot be replayed');
  const step = stepper.start(first.input);
  seen(step, first.time);
  return step.snapshot;
}

/** Form of a journal whose writers did not say it. */
const FIRST_FORM = 1;

export const formOf = ({ form = FIRST_FORM }: Pick<ActorKind, 'form'>): number => form;

/**
 * Throws `journal_version` when code of this kind cannot say what some record means. `before`: the form of what came before the
 * first record.
 */
export function assertReadable(
  kind: Pick<ActorKind, 'form' | 'readsForms'>,
  records: readonly JournalRecord[],
  before?: number,
): void {
  const known = new Set([formOf(kind), ...(kind.readsForms ?? [])]);
  const foreign = records.find(({ form }) => form !== undefined && !known.has(form));
  if (foreign === undefined && known.has(records[0]?.form ?? before ?? FIRST_FORM)) return;
  const form = foreign?.form ?? FIRST_FORM;
  const forms = [...known].sort((a, b) => a - b).join(', ');
  throw new TuttiError('journal_version', `The journal is of form ${form}; this process reads ${forms}`, {
    details: { form, n: foreign?.n ?? 1, reads: [...known] },
  });
}

/** A journal, folded: the state that an actor had after its last record. */
import { TuttiError } from '@tutti/contracts';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { JournalRecord } from './journal.ts';
import type { ActorKind } from './kind.ts';
import type { Step, Stepper } from './stepper.ts';

/** Folds records into a snapshot, telling each step to `seen`; effects are muted. */
export function replay(
  stepper: Stepper,
  records: readonly JournalRecord[],
  seen: (step: Step, at: number) => void,
): AnyMachineSnapshot {
  const first = records[0];
  if (first === undefined) throw new TuttiError('internal_error', 'A journal without records cannot be replayed');
  let step = stepper.start(first.input);
  seen(step, first.time);
  for (const record of records) {
    for (const event of record.events) {
      step = stepper.step(step.snapshot, event as EventObject);
      seen(step, event.at);
    }
  }
  return step.snapshot;
}

/** Form of a journal whose writers did not say it. */
const FIRST_FORM = 1;

export const formOf = ({ form = FIRST_FORM }: Pick<ActorKind, 'form'>): number => form;

/** Throws `journal_version` when code of this kind cannot say what some record means. */
export function assertReadable(kind: Pick<ActorKind, 'form' | 'readsForms'>, records: readonly JournalRecord[]): void {
  const known = new Set([formOf(kind), ...(kind.readsForms ?? [])]);
  const foreign = records.find(({ form }) => form !== undefined && !known.has(form));
  if (foreign === undefined && (known.has(FIRST_FORM) || records[0]?.form !== undefined)) return;
  const form = foreign?.form ?? FIRST_FORM;
  const forms = [...known].sort((a, b) => a - b).join(', ');
  throw new TuttiError('journal_version', `The journal is of form ${form}; this process reads ${forms}`, {
    details: { form, n: foreign?.n ?? 1, reads: [...known] },
  });
}

/** A journal, folded: the state that an actor had after its last record. */
import { TuttiError } from '@tutti/contracts';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { JournalRecord } from './journal.ts';
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

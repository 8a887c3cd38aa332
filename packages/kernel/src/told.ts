/** What an actor tells people: its events, as they are published and as its journal gives them again. */
import { FLEETING, type TuttiEvent } from '@tutti/contracts';
import type { EmitParams } from './effects.ts';
import type { JournalRecord } from './journal.ts';
import { replay } from './replay.ts';
import type { Stepper } from './stepper.ts';

/** Puts a typed event in the envelope that people and tools read. */
export function toEvent({ at, run, seq, event }: EmitParams): TuttiEvent {
  return {
    v: 1,
    type: event.type,
    time: new Date(at).toISOString(),
    ...(run === undefined ? {} : { run }),
    ...(seq === undefined ? {} : { seq }),
    data: event.data as Record<string, unknown>,
  };
}

/** The recorded events that these records caused, in order. */
export function toldBy(stepper: Stepper, records: readonly JournalRecord[]): TuttiEvent[] {
  const out: TuttiEvent[] = [];
  if (records.length === 0) return out;
  replay(stepper, records, ({ effects }) => {
    for (const effect of effects) {
      if (effect.type === 'emit' && !FLEETING.has(effect.params.event.type)) out.push(toEvent(effect.params));
    }
  });
  return out;
}

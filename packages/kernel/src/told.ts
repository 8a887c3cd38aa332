/** What an actor tells people: its events, as they are published and as its journal gives them again. */
import { FLEETING, type TuttiEvent } from '@tutti/contracts';
import type { Effect, EmitParams } from './effects.ts';
import type { JournalRecord } from './journal.ts';
import { replay } from './replay.ts';
import type { FrozenSnapshot, Stepper } from './stepper.ts';

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

/** The highest sequence of these effects' events, or the one before. */
export function lastTold(effects: readonly Effect[], before: number): number {
  let last = before;
  for (const { type, params } of effects) if (type === 'emit') last = Math.max(last, params.seq ?? 0);
  return last;
}

/** The recorded events that these records caused, in order. `from`: the state before them. */
export function toldBy(stepper: Stepper, records: readonly JournalRecord[], from?: FrozenSnapshot): TuttiEvent[] {
  const out: TuttiEvent[] = [];
  if (records.length === 0) return out;
  replay(
    stepper,
    records,
    ({ effects }) => {
      for (const effect of effects) {
        if (effect.type === 'emit' && !FLEETING.has(effect.params.event.type)) out.push(toEvent(effect.params));
      }
    },
    from,
  );
  return out;
}

/** What gathers between two appends: events for the next record, and what must wait for it. */
import { type AnyMessage, type ErrorCode, TuttiError } from '@tutti/contracts';
import type { Checkpoint } from './checkpoint.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './journal.ts';

/** The message or timer that caused a step, as far as its effects need it. */
export interface Cause {
  /** Answers the sender; absent when nobody waits. */
  readonly reply?: ((message: AnyMessage) => void) | undefined;
  /** Nothing came of it: whoever sends it again under its id is not to be told so again. */
  readonly forget?: (() => void) | undefined;
}

export interface PendingEffect {
  readonly effect: Effect;
  readonly cause: Cause;
}

export interface Batch {
  readonly events: JournalEvent[];
  readonly effects: PendingEffect[];
  /** Called once the record is acknowledged, or never will be. */
  readonly waiting: (() => void)[];
  /** Whether somebody waits for the append; a batch of lazy events alone may linger. */
  durable: boolean;
  end: boolean;
  /** Machine input, on the first record of a log only. */
  input: unknown;
  /** What its record says of those before it. */
  checkpoint: Checkpoint | undefined;
}

export const emptyBatch = (): Batch => ({
  events: [],
  effects: [],
  waiting: [],
  durable: false,
  end: false,
  input: undefined,
  checkpoint: undefined,
});

/** Answers with an error, where somebody waits. Such an answer is none that is remembered. */
export function refuse(cause: Cause, code: ErrorCode, message: string): void {
  cause.reply?.({ type: 'error', error: new TuttiError(code, message).toData() });
  cause.forget?.();
}

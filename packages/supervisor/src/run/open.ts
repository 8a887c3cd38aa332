/** Asking for the context of a run: repeated until it is there, ever more slowly, or until it is refused for good. */
import { type ErrorBody, type Received, TuttiError } from '@tutti/contracts';
import { failRun } from './finish.ts';
import { errorOf, isFinal } from './refusal.ts';
import type { Turn } from './turn.ts';

/** Pause before the first repetition, ms; each one doubles it, up to the longest. */
const AGAIN_MS = 200;
const LONGEST_MS = 5_000;
/** A person who cancelled a run is not kept for ever by a context store that is away: after half a minute it ends without. */
const TRIES_OF_A_CANCELLED_RUN = 10;

/** `tries` without an answer came before. */
export function openContext(turn: Turn, tries = 0): void {
  const { run, ownerEpoch, definition, inputs, version: known } = turn.run;
  turn.ask(`open:${tries}`, turn.contextSubject(), {
    type: 'context.open',
    run,
    ownerEpoch,
    ownership: definition.ownership,
    initial: { inputs },
    known,
  });
}

/** The context is not there yet, or it never will be. */
export function openFailed(turn: Turn, tries: number, event: Received<'call.failed'>): void {
  if (isFinal(event)) {
    const { code, message, retryable } = errorOf(event);
    const error = { code, message: `The context of the run was refused: ${message}`, retryable };
    return turn.custom('self', { type: 'context.refused', error });
  }
  openAgain(turn, tries);
}

export function openAgain(turn: Turn, tries: number): void {
  if (turn.run.outcome === 'cancelled' && tries >= TRIES_OF_A_CANCELLED_RUN) {
    const error = new TuttiError('no_responders', 'No context store answered; the run ends without a context').toData();
    return turn.custom('self', { type: 'context.refused', error });
  }
  const delayMs = Math.min(LONGEST_MS, AGAIN_MS * 2 ** tries);
  turn.timer('open', delayMs, { type: 'timer.open', tries: tries + 1 });
}

/** What the run was told of is not in its context any more: it fails, for what it would go on with is not what it knows. */
export function truncated(turn: Turn, event: Received<'call.failed'>): void {
  turn.custom('self', { type: 'context.refused', error: errorOf(event) });
}

/** The context store will never take what the run starts with: the run has failed, and there is no context to wait for. */
export function refused(turn: Turn, { error }: { readonly error: ErrorBody }): void {
  if (turn.run.opened && error.code !== 'context_truncated') return;
  turn.set({ opened: true });
  failRun(turn, error.message, error);
}

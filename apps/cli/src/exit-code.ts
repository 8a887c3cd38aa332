/** The one place that turns an end into the exit code of the program. */
import { ERRORS, type ErrorCode, type RunOutcome } from '@tutti/contracts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  conflict: 4,
  timeout: 5,
  /** The broker cannot be reached, or no node answers. */
  noBroker: 7,
  cancelled: 130,
} as const;

const BY_OUTCOME: Readonly<Record<RunOutcome, number>> = {
  succeeded: EXIT.done,
  partial: EXIT.partial,
  failed: EXIT.failed,
  conflicted: EXIT.conflict,
  timed_out: EXIT.timeout,
  cancelled: EXIT.cancelled,
};

/** What ended: a run by its outcome, or the program by an error. */
export type Ending = { readonly outcome: string } | { readonly error: ErrorCode };

/** An outcome that this version does not know counts as a failure: silence would be a lie. */
export function exitCode(ending: Ending): number {
  if ('error' in ending) return ERRORS[ending.error].exit;
  return Object.hasOwn(BY_OUTCOME, ending.outcome) ? BY_OUTCOME[ending.outcome as RunOutcome] : EXIT.failed;
}

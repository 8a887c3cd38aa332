/** What is counted of a run over its whole life, its retries included. */
import type { EventData } from '@tutti/contracts';

export interface Tally {
  attempts: number;
  /** Attempts that failed and were followed by another one. */
  failedTries: number;
  commits: number;
  /** Conflict records, also those that a person decided later. */
  conflicts: number;
  succeeded: number;
  /** Steps that ended well with an output that was known. */
  cached: number;
  /** Of steps of which it is told; undefined: of none. */
  commitMs: number | undefined;
  /** Verdicts by the step that was judged. */
  readonly verdicts: Map<string, { passed: number; failed: number }>;
}

export const newTally = (): Tally => ({
  ...{ attempts: 0, failedTries: 0, commits: 0, conflicts: 0, succeeded: 0, cached: 0 },
  commitMs: undefined,
  verdicts: new Map(),
});

export function tallyEnd(tally: Tally, { cached, commitMs }: EventData<'step.succeeded'>): void {
  tally.succeeded += 1;
  if (cached === true) tally.cached += 1;
  if (commitMs !== undefined) tally.commitMs = (tally.commitMs ?? 0) + commitMs;
}

export function tallyVerdict(tally: Tally, of: string, passed: boolean): void {
  const known = tally.verdicts.get(of) ?? { passed: 0, failed: 0 };
  tally.verdicts.set(of, passed ? { ...known, passed: known.passed + 1 } : { ...known, failed: known.failed + 1 });
}

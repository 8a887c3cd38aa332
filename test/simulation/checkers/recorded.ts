/**
 * Promise 2: an instance forgets its outcome when it is told `recorded`. By then a good one is committed, for no other
 * instance has it; a verdict is in the journal of its run; a bad one was told, or its commit was refused.
 */
import type { Seen } from '@tutti/testkit/simulation';
import { type Checker, type Evidence, when } from './evidence.ts';

export const recordedMeansKept: Checker = ({ observations, journals }) => {
  const kept = new Kept(verdictsIn(journals));
  return observations.flatMap((seen) => ('message' in seen ? kept.take(seen) : []));
};

/** Attempts whose verdicts stand in journals. */
function verdictsIn(journals: Evidence['journals']): ReadonlySet<string> {
  const events = journals.flatMap(({ records }) => records.flatMap((record) => record.events));
  return new Set(
    (events as readonly { type: string }[]).flatMap((event) =>
      event.type === 'validation.done' ? [attemptOf(event as never)] : [],
    ),
  );
}

class Kept {
  readonly #judged: ReadonlySet<string>;
  readonly #committed = new Set<string>();
  readonly #failed = new Set<string>();

  constructor(judged: ReadonlySet<string>) {
    this.#judged = judged;
  }

  take({ kind, at, message, request }: Seen): readonly string[] {
    if (message.type === 'attempt.outcome' && message.result.status === 'failed') this.#failed.add(attemptOf(message));
    if (kind === 'answered' && request?.type === 'context.open' && message.type === 'context.opened')
      for (const { step } of message.commits) this.#committed.add(`${request.run}/${step}`);
    if (kind === 'answered' && request?.type === 'context.commit') {
      if (message.type === 'context.committed') this.#committed.add(`${request.run}/${request.step}`);
      if (message.type === 'error') this.#failed.add(attemptOf(request));
    }
    if (kind !== 'sent' || message.type !== 'attempt.recorded' || message.verdict !== 'recorded') return [];
    const { run, step } = message;
    if (this.#committed.has(`${run}/${step}`) || this.#failed.has(attemptOf(message))) return [];
    if (this.#judged.has(attemptOf(message))) return [];
    return [`${when(at)}: ${attemptOf(message)} is called recorded, and nothing of it is`];
  }
}

const attemptOf = ({ run, step, epoch }: { run: string; step: string; epoch: number }): string =>
  `${run}/${step}/${epoch}`;

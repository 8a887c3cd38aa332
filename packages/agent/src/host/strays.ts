/**
 * Errors that an author's code lets go astray: thrown in a callback, or a rejection that nobody awaits. They reach the
 * process, not the attempt; here they are led back to it, so that one careless agent fails its step and nothing else.
 *
 * A program that wants this makes one guard, gives it to its host, and offers it what its process catches last. It
 * costs every promise of the process a little (`AsyncLocalStorage`), so a host without a guard has none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { TuttiError } from '@tutti/contracts';
import { errorOf } from '../errors.ts';
import type { AttemptResult } from '../execute.ts';
import { placeOf } from '../place.ts';

/** Whose code runs. */
export interface StrayOwner {
  readonly agent: string;
  readonly run: string;
  readonly step: string;
}

export interface Blamed extends StrayOwner {
  /** What became known: who, what, where. */
  readonly message: string;
  /** The attempt had ended before, so nothing fails by it. */
  readonly isLate: boolean;
}

interface Attempt extends StrayOwner {
  fail(result: AttemptResult): void;
}

export class StrayGuard {
  readonly #current = new AsyncLocalStorage<Attempt>();
  readonly #running = new Set<Attempt>();

  /** Runs one attempt: resolves with its result, or as soon as a stray error is led back to it. */
  run(owner: StrayOwner, work: () => Promise<AttemptResult>): Promise<AttemptResult> {
    return new Promise((resolve, reject) => {
      const attempt: Attempt = { ...owner, fail: resolve };
      this.#running.add(attempt);
      this.#current
        .run(attempt, work)
        .then(resolve, reject)
        .finally(() => this.#running.delete(attempt));
    });
  }

  /** Leads an error that nobody caught back to its attempt; undefined when no attempt's code is to blame. */
  blame(error: unknown): Blamed | undefined {
    // Where the runtime lost the trace, an author's file and a single attempt leave no doubt.
    const only = this.#running.size === 1 && placeOf(error) !== undefined ? [...this.#running][0] : undefined;
    const attempt = this.#current.getStore() ?? only;
    if (attempt === undefined) return undefined;
    const { agent, run, step } = attempt;
    const told = strayError(agent, error);
    const isLate = !this.#running.delete(attempt);
    if (!isLate) attempt.fail({ status: 'failed', error: errorOf(told) });
    return { agent, run, step, message: told.message, isLate };
  }
}

function strayError(agent: string, error: unknown): TuttiError {
  const { message, retryable, details } = errorOf(error);
  const place = placeOf(error);
  const where = place === undefined ? '' : ` at ${place}`;
  const what = `The agent "${agent}" let an error escape${where}: ${message}`;
  return new TuttiError('agent_failed', `${what}; await every promise, and catch what a callback throws`, {
    retryable,
    details: { ...details, place },
    cause: error,
  });
}

/** Keeps what lies aside from being loaded, and puts aside what cannot be. */
import { type ErrorCode, TuttiError } from '@tutti/contracts';
import type { ActorParams, Loading } from '@tutti/kernel';
import type { Letters } from './store.ts';

/** The run is well: it lies aside already, lives elsewhere, or needs a newer process. */
const NO_LETTER: ReadonlySet<ErrorCode> = new Set(['run_set_aside', 'not_owner', 'journal_version', 'bus_closed']);

/** @param isTurn whether a run may be loaded now, or has to wait its turn */
export function watchedLoading(letters: Letters, isTurn: (params: ActorParams) => boolean = () => true): Loading {
  const runOf = (params: ActorParams): string => params['run'] ?? '';
  return {
    async allow(params) {
      if (!isTurn(params)) throw new TuttiError('not_owner', `The run ${runOf(params)} waits to be taken up here`);
      const reason = await letters.reasonOf(runOf(params));
      if (reason === undefined) return;
      const why = `The run ${runOf(params)} lies aside: ${reason.message} [${reason.code}]`;
      throw new TuttiError('run_set_aside', why, { details: { letter: runOf(params), reason } });
    },
    failed(params, error) {
      if (!error.retryable && !NO_LETTER.has(error.code)) letters.run(runOf(params), error);
    },
  };
}

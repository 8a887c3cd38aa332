/** Which answer to a request is the last word: asked again, the same would come. */
import type { ErrorBody, ErrorCode, Received } from '@tutti/contracts';

/** They speak of who asked, of what the run sets right itself, or of what a person will, not of what was asked for. */
const NOT_FINAL: readonly string[] = [
  ...['stale_epoch', 'fenced', 'unknown_run', 'bus_closed'],
  ...['run_set_aside', 'log_truncated', 'journal_version', 'bad_message'],
];

export const isFinal = ({ code, retryable }: Pick<Received<'call.failed'>, 'code' | 'retryable'>): boolean =>
  !retryable && !NOT_FINAL.includes(code);

export const errorOf = ({ code, message, retryable }: Received<'call.failed'>): ErrorBody => {
  return { code: code as ErrorCode, message, retryable };
};

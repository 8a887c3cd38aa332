import { type AnyMessage, type ErrorCode, type ErrorData, TuttiError } from '@tutti/contracts';
import type { ContextLimits } from './options.ts';
import type { ContextState } from './state.ts';

/** What a policy decides: the state from now on, and the answer. */
export interface Decision {
  readonly next: ContextState;
  readonly reply: AnyMessage;
}

export const refuse = (next: ContextState, error: ErrorData): Decision => ({ next, reply: { type: 'error', error } });

/** A limit of this context was reached. Trying again changes nothing: a context only grows. */
export const overLimit = (
  { run }: ContextState,
  code: ErrorCode,
  limit: keyof ContextLimits,
  max: number,
  value: number,
): ErrorData =>
  new TuttiError(code, `The context of run ${run} would have ${value} where ${limit} allows ${max}`, {
    retryable: false,
    details: { run, limit, max, value },
  }).toData();

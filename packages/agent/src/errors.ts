/** From what an author's function throws to an error that may cross the wire. */
import { ERRORS, type ErrorBody, type ErrorCode, TuttiError } from '@tutti/contracts';
import { placeOf } from './place.ts';

/** Characters kept of a thrown error. The head of a message says what, the head of a stack says where. */
export const ERROR_LIMITS = { messageChars: 4_000, stackChars: 4_000, detailsChars: 16_000 } as const;

/**
 * An error that another attempt would not cure: `throw fatal('The repository is empty')`. Anything else that is thrown
 * may be tried again, as the step's retry policy says.
 */
export function fatal(message: string, details?: Readonly<Record<string, unknown>>): TuttiError {
  return new TuttiError('agent_failed', message, { retryable: false, ...(details === undefined ? {} : { details }) });
}

/** Any thrown value as wire data: a TuttiError keeps its code, anything else is `agent_failed` and may be retried. */
export function errorOf(thrown: unknown): ErrorBody {
  if (isTuttiError(thrown)) {
    return body(thrown.code, thrown.message, thrown.retryable, plainDetails(thrown.details));
  }
  if (thrown instanceof Error || isErrorLike(thrown)) {
    const stack = cut(thrown.stack, ERROR_LIMITS.stackChars);
    const details = { name: thrown.name, ...causeOf(thrown), place: placeOf(thrown), stack };
    return body('agent_failed', thrown.message || thrown.name, true, plainDetails(details));
  }
  return body('agent_failed', `The agent threw ${describe(thrown)}, which is no error`, true, undefined);
}

function body(code: ErrorCode, message: string, retryable: boolean, details: ErrorBody['details']): ErrorBody {
  const short = cut(message, ERROR_LIMITS.messageChars) ?? '';
  return { code, message: short, retryable, ...(details === undefined ? {} : { details }) };
}

/** By shape: the agent file may come with its own copy of the contracts. */
function isTuttiError(thrown: unknown): thrown is TuttiError {
  if (thrown instanceof TuttiError) return true;
  return isErrorLike(thrown) && thrown.name === 'TuttiError' && Object.hasOwn(ERRORS, String(thrown.code));
}

function isErrorLike(thrown: unknown): thrown is Error & { readonly code?: unknown } {
  return typeof thrown === 'object' && thrown !== null && typeof (thrown as Error).message === 'string';
}

function causeOf(error: Error): { cause?: string } {
  return error.cause === undefined ? {} : { cause: cut(describe(error.cause), ERROR_LIMITS.messageChars) ?? '' };
}

/** Details as plain JSON, or none: an error about an error helps nobody. */
function plainDetails(details: Readonly<Record<string, unknown>> | undefined): ErrorBody['details'] {
  if (details === undefined) return undefined;
  try {
    const text = JSON.stringify(details);
    if (text.length <= ERROR_LIMITS.detailsChars) return JSON.parse(text) as Record<string, unknown>;
    return { omitted: `details of ${text.length} characters (limit ${ERROR_LIMITS.detailsChars})` };
  } catch {
    return { omitted: 'details that are no JSON' };
  }
}

function describe(value: unknown): string {
  if (isErrorLike(value)) return `${value.name ?? 'Error'}: ${value.message}`;
  try {
    return cut(typeof value === 'string' ? JSON.stringify(value) : String(value), 200) ?? '';
  } catch {
    return `a value of type ${typeof value}`;
  }
}

export function cut(text: string | undefined, chars: number): string | undefined {
  if (text === undefined || text.length <= chars) return text;
  return `${text.slice(0, chars)}… (${text.length - chars} more characters)`;
}

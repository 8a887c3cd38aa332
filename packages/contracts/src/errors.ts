/** An error of Tutti as a value: thrown, sent, and told to people. Its codes are those of the one table. */
import { ERRORS, type ErrorCode } from './error-table.ts';

export { ERRORS, type ErrorCode } from './error-table.ts';

export interface TuttiErrorOptions {
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error as it crosses the wire and stands in events: plain data. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The one operating error of Tutti. Match on `code`, never on the message. */
export class TuttiError extends Error {
  override readonly name = 'TuttiError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: TuttiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? ERRORS[code].retryable;
    this.details = options.details;
  }

  toData(): ErrorData {
    const base = { code: this.code, message: this.message, retryable: this.retryable };
    return this.details === undefined ? base : { ...base, details: this.details };
  }

  static fromData(data: ErrorData): TuttiError {
    const details = data.details === undefined ? {} : { details: data.details };
    return new TuttiError(data.code, data.message, { retryable: data.retryable, ...details });
  }

  /** Any thrown value as a TuttiError; what is not one becomes `code` with the value as its cause. */
  static from(error: unknown, code: ErrorCode = 'internal_error'): TuttiError {
    if (error instanceof TuttiError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new TuttiError(code, message, { cause: error });
  }
}

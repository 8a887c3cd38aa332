/** What is wrong with a prompt, for the person who wrote it. */
import { type ErrorCode, TuttiError } from '@tutti/contracts';
import type { AttemptOrder } from '../execute.ts';
import { RenderLimit } from './budget.ts';
import type { Liquid } from './library.ts';

/** What the library says of a flaw: the error of the render itself, wrapped in one that knows the place. */
interface Placed extends Error {
  readonly token?: Liquid.Token;
  readonly originalError?: Error;
}

/** An error of a render as one of the table; what is no matter of the template stays what it is. */
export function renderError(order: AttemptOrder, thrown: unknown): unknown {
  const placed = thrown as Placed;
  const cause = placed.originalError ?? placed;
  if (cause instanceof TuttiError || !(cause instanceof Error)) return cause;
  const [line, col] = placed.token?.getPosition() ?? [1, 1];
  const { file } = order.template ?? {};
  const reason = reasonOf(placed, cause);
  const code: ErrorCode = cause instanceof RenderLimit && cause.isTime ? 'render_timeout' : 'render_failed';
  const where = file === undefined ? `line ${line}, column ${col} of its text` : `${file}:${line}:${col}`;
  const message = `The prompt of "${order.step}" cannot be filled in, at ${where}: ${reason}; ${adviceOn(cause)}`;
  const limit = cause instanceof RenderLimit ? { limit: cause.limit } : {};
  return new TuttiError(code, message, { details: { step: order.step, file, line, col, reason, ...limit }, cause });
}

/** The library's message repeats the place. */
function reasonOf(placed: Placed, cause: Error): string {
  if (isPartial(cause)) return 'a prompt is one text, and there is no other that it could take in';
  const text = cause === placed ? placed.message : cause.message;
  return text.replace(/, (?:file|line):.*$/s, '').slice(0, REASON_CHARS);
}

/** The library may quote what it was given. */
const REASON_CHARS = 500;

const isPartial = (cause: Error): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT';

function adviceOn(cause: Error): string {
  if (cause instanceof RenderLimit) {
    return cause.isTime
      ? 'raise `render_timeout` of `template_engine`, or have the template do less'
      : 'take less of the values, such as by `limit:`, `slice` or `truncate`';
  }
  return isPartial(cause) ? 'write the text into the template itself' : 'correct the template there';
}

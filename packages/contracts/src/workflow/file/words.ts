import { WORKFLOW_LIMITS } from '../limits.ts';

/**
 * The words of a workflow file as values. Each parser is total: it answers with the value or with the reason, and
 * accepts nothing that two readers could understand in two ways.
 */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export const ok = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const no = (reason: string): Parsed<never> => ({ ok: false, reason });

/** Milliseconds from `minMs` to `maxMs`; both are the same where the file names one value. */
export interface DurationRange {
  readonly minMs: number;
  readonly maxMs: number;
}

const UNITS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ms: 1,
    millisecond: 1,
    milliseconds: 1,
    s: 1000,
    sec: 1000,
    second: 1000,
    seconds: 1000,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    minutes: 60_000,
    h: 3_600_000,
    hour: 3_600_000,
    hours: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
    days: 86_400_000,
  }),
);

const DURATION = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?[_ ]?([A-Za-z]+)(_maximum)?$/;
const DURATION_HELP = 'write "10_minutes", "3-5_minutes", "30_seconds", "500_ms", "1_hour", or a number of seconds';

/**
 * A duration or a range of them: `"10_minutes"`, `"3-5_minutes"`, `"5_minutes_maximum"`, `"90 s"`. A bare number is
 * seconds, as in the specification's comments. No exponent, no sign, no reversed range, at most 31 days.
 */
export function parseDuration(value: string | number): Parsed<DurationRange> {
  if (typeof value === 'number') return checkRange(value * 1000, value * 1000, String(value));
  const match = DURATION.exec(value.trim());
  if (match === null) return no(`"${clip(value)}" is not a duration; ${DURATION_HELP}`);
  const [, low = '', high = low, unit = ''] = match;
  const factor = UNITS_MS.get(unit);
  if (factor === undefined) return no(`"${clip(unit)}" is not a unit of time; use ms, seconds, minutes, hours or days`);
  return checkRange(Number(low) * factor, Number(high) * factor, value);
}

function checkRange(minMs: number, maxMs: number, written: string): Parsed<DurationRange> {
  if (!Number.isFinite(minMs) || minMs < 0) return no(`"${clip(written)}" is not a duration: it must be 0 or more`);
  if (maxMs < minMs) return no(`"${clip(written)}" is reversed: the smaller number comes first`);
  if (maxMs > WORKFLOW_LIMITS.durationMs) return no(`"${clip(written)}" is longer than 31 days`);
  return ok({ minMs: Math.round(minMs), maxMs: Math.round(maxMs) });
}

const BYTES: ReadonlyMap<string, number> = new Map(
  Object.entries({ B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }),
);

const SIZE = /^(\d+(?:\.\d+)?)[_ ]?([A-Za-z]+)$/;
const SIZE_HELP = 'write "50MB" (10^6), "50MiB" (2^20), or a whole number of bytes';

/**
 * A size in bytes. KB, MB and GB are powers of 1000; KiB, MiB and GiB are powers of 1024, as everywhere in Tutti. One
 * space or underscore may stand before the unit. `50M` is refused: it is read both ways in the wild.
 */
export function parseSize(value: string | number): Parsed<number> {
  const match = typeof value === 'number' ? [String(value), String(value), 'B'] : SIZE.exec(value.trim());
  if (match === null) return no(`"${clip(String(value))}" is not a size; ${SIZE_HELP}`);
  const factor = BYTES.get(match[2] ?? '');
  if (factor === undefined) return no(`"${clip(match[2] ?? '')}" is not a unit of size; ${SIZE_HELP}`);
  const bytes = Math.round(Number(match[1]) * factor);
  if (!Number.isSafeInteger(bytes) || bytes < 0) return no(`"${clip(String(value))}" is out of range; ${SIZE_HELP}`);
  if (typeof value === 'number' && bytes !== value) return no(`${value} is not a whole number of bytes`);
  return ok(bytes);
}

/** What a `context_access` word allows. */
export interface ContextAccess {
  /** `none`: only the run's inputs; `multiple`: whatever it declares; a name: that agent's part. */
  readonly read: 'none' | 'multiple' | 'all' | { readonly name: string };
  /** The part it writes; absent where the word names none (its own part is meant). */
  readonly write?: string;
}

const ACCESS = /^(?:read_([A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*?))?(?:(?:^|_)write_([A-Za-z0-9_-]+))?$/;

/** `write_only`, `read_only`, `read_analyst_write_pm`, `read_multiple_write_ux`, `read_all_write_qa`, `read_all`. */
export function parseAccess(word: string): Parsed<ContextAccess> {
  if (word === 'write_only') return ok({ read: 'none' });
  if (word === 'read_only' || word === 'read_write') return ok({ read: 'all' });
  const match = word === '' ? null : ACCESS.exec(word);
  if (match === null) return no(`"${clip(word)}" is not a context access word such as "read_analyst_write_pm"`);
  const [, from, to] = match;
  const read = from === undefined ? 'none' : from === 'multiple' || from === 'all' ? from : { name: from };
  return ok(to === undefined ? { read } : { read, write: to });
}

const CRITERIA: ReadonlyMap<string, { kind: 'all' } | { kind: 'at_least_one' }> = new Map([
  ['all', { kind: 'all' }],
  ['all_agents_succeed', { kind: 'all' }],
  ['at_least_one', { kind: 'at_least_one' }],
  ['at_least_one_agent_succeeds', { kind: 'at_least_one' }],
  ['at_least_one_agent_completed_successfully', { kind: 'at_least_one' }],
]);
const QUORUM = /^at_least_(\d{1,6})(?:_agents_succeed)?$/;

/** `all_agents_succeed`, `at_least_one_agent_succeeds`, `at_least_2_agents_succeed`, and `all`, `at_least_one`. */
export function parseCriteria(
  word: string,
): Parsed<{ kind: 'all' } | { kind: 'at_least_one' } | { kind: 'quorum'; count: number }> {
  const known = CRITERIA.get(word);
  if (known !== undefined) return ok(known);
  const count = Number(QUORUM.exec(word)?.[1] ?? 0);
  if (count > 0) return ok({ kind: 'quorum', count });
  return no(
    `"${clip(word)}" is not a success criterion; write all_agents_succeed, at_least_one_agent_succeeds or at_least_2_agents_succeed`,
  );
}

/** What a message quotes of a user's text: never more than a line. */
export const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

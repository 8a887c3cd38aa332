/** Times in prompts: the same on every machine, wherever it stands. */

/** Filters of the library that take their value for a time. */
export const DATE_FILTERS = [
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
] as const;

export const MS_PER_S = 1_000;

/** The two words that stand for the present time. */
export const isNow = (value: unknown): boolean => value === 'now' || value === 'today';

/** A zone at the end of a time: `Z`, `GMT`, `PST`, `+02:00` after the minutes. Digits alone are seconds since 1970. */
const HAS_ZONE = /(?:\d *Z|\b[A-Z]{3,4}|:\d\d\S* ?[+-]\d\d:?\d\d)(?: *\(.*\))?\s*$|^\d+$/i;
/** Longer texts are no times. */
const MOST_CHARS = 64;

/** A text that names no zone, as one of UTC; the library would take it for one of the machine. What is no time stays as it is. */
export function inUtc(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MOST_CHARS || HAS_ZONE.test(value)) return value;
  const said = [`${value} UTC`, `${value}Z`].map((text) => Date.parse(text)).find((ms) => !Number.isNaN(ms));
  return said === undefined ? value : said / MS_PER_S;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A span for people: `850 ms`, `12.3 s`, `31 m`, `6 m 30 s`, `1 h 05 m`. */
export function span(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < MINUTE) return `${(Math.min(whole, MINUTE - 100) / SECOND).toFixed(1)} s`;
  if (whole < HOUR) return minutes(whole);
  const hours = Math.floor(whole / HOUR);
  return `${hours} h ${String(Math.floor((whole % HOUR) / MINUTE)).padStart(2, '0')} m`;
}

function minutes(ms: number): string {
  const seconds = Math.floor((ms % MINUTE) / SECOND);
  const whole = `${Math.floor(ms / MINUTE)} m`;
  return seconds === 0 ? whole : `${whole} ${seconds} s`;
}

/** A number without a tail of zeros: `30`, `12.5`. Infinite is the word people use. */
export function amount(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 10) / 10) : 'no limit';
}

/** `1 step`, `2 steps`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A time of day in UTC as an event writes it, without the date. */
export function clockTime(iso: string): string {
  return iso.slice(11, 23);
}

/** What is made of measured times. All pure; times in ms. */

/** The value below which the share `p` (0–1) of the values lies: nearest rank, so always one that was measured. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError('A percentile needs at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(p * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Runs a second of `count` runs that took `ms` in all. */
export const perSecond = (count: number, ms: number): number => (count * 1_000) / ms;

/** Three significant digits: more would pretend to a precision that a shared machine has not. */
export const rounded = (value: number): number => Number(value.toPrecision(3));

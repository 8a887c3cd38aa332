const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [1, 'ms'],
] as const;

/** A length of time in the words of a finding: `8 h`, `1 h 30 min`, `1.5 s`; at most its two largest units. */
export function spanOf(ms: number): string {
  // Decimals read better than a second unit of this size.
  if (ms >= 1_000 && ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  let rest = Math.round(ms);
  const parts: string[] = [];
  for (const [unitMs, name] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 ms' : parts.slice(0, 2).join(' ');
}

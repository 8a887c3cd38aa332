/** Bars made of characters: how far a step is, and when it runs in a plan. */

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of exactly `cells` cells, filled by `fraction` (0 to 1, clamped). */
export function progressBar(fraction: number, cells: number, unicode: boolean): string {
  const share = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  if (!unicode) {
    const filled = Math.round(share * cells);
    return '#'.repeat(filled) + '.'.repeat(cells - filled);
  }
  const eighths = Math.round(share * cells * 8);
  const bar = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return bar + '░'.repeat(Math.max(0, cells - bar.length));
}

export interface SpanOfTime {
  readonly startMs: number;
  readonly endMs: number;
  readonly totalMs: number;
}

export interface PlannedSpan extends SpanOfTime {
  /** How much later it may end. */
  readonly slackMs: number;
  readonly critical: boolean;
}

/** A span of time on a line of `cells` cells, its slack behind it; never less than one cell, so that nothing vanishes. */
export function planBar(time: PlannedSpan, cells: number, unicode: boolean): string {
  const total = Math.max(1, time.totalMs);
  const cellOf = (ms: number): number => Math.round((ms / total) * cells);
  const from = Math.min(cells - 1, cellOf(time.startMs));
  const to = Math.min(cells, Math.max(from + 1, cellOf(time.endMs)));
  const until = Math.min(cells, Math.max(to, cellOf(time.endMs + time.slackMs)));
  const [empty, critical, other, slack] = unicode ? ['·', '█', '▓', '░'] : ['.', '#', '=', '-'];
  const full = time.critical ? critical : other;
  return empty.repeat(from) + full.repeat(to - from) + slack.repeat(until - to) + empty.repeat(cells - until);
}

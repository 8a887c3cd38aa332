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

/** A span of time on a line of `cells` cells; never less than one cell, so that nothing vanishes. */
export function ganttBar(time: SpanOfTime, cells: number, unicode: boolean): string {
  const total = Math.max(1, time.totalMs);
  const from = Math.min(cells - 1, Math.round((time.startMs / total) * cells));
  const to = Math.min(cells, Math.max(from + 1, Math.round((time.endMs / total) * cells)));
  const [empty, full] = unicode ? ['·', '█'] : ['.', '#'];
  return empty.repeat(from) + full.repeat(to - from) + empty.repeat(cells - to);
}

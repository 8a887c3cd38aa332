/** Rows in columns as wide as their widest cell. */
import { oneLine } from '../text/clean.ts';
import type { Line, Style } from '../text/line.ts';
import { fit, widthOf } from '../text/width.ts';

const MOST_CELLS = 48;
const GAP = '  ';

export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  styleOf: (row: number, column: number) => Style = () => 'plain',
): readonly Line[] {
  const clean = rows.map((row) => row.map(oneLine));
  const widths = header.map((title, column) =>
    clean.reduce((most, row) => Math.min(MOST_CELLS, Math.max(most, widthOf(row[column] ?? ''))), widthOf(title)),
  );
  const cells = (row: readonly string[], style: (column: number) => Style): Line =>
    row.map((cell, column) => [
      column === header.length - 1 ? cell : fit(cell, widths[column] ?? 0) + GAP,
      style(column),
    ]);
  return [cells(header, () => 'dim'), ...clean.map((row, line) => cells(row, (column) => styleOf(line, column)))];
}

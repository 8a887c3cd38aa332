/** How many terminal cells a text takes. Wide East Asian characters and emoji take two, combining marks none. */

/** Ranges of code points that take two cells (Unicode's East Asian Width W and F, and emoji shown as pictures). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x26a1, 0x26a1],
  [0x26bd, 0x26be],
  [0x26d4, 0x26d4],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x2753, 0x2757],
  [0x2795, 0x2797],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f19a],
  [0x1f200, 0x1f265],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f90c, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

const PLAIN = /^[\x20-\x7e]*$/;
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const EMOJI_STYLE = '\ufe0f';
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function isWide(codePoint: number): boolean {
  let low = 0;
  let high = WIDE.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = WIDE[middle] ?? [0, 0];
    if (codePoint < from) high = middle - 1;
    else if (codePoint > to) low = middle + 1;
    else return true;
  }
  return false;
}

function graphemeWidth(grapheme: string): number {
  if (NO_CELL.test(grapheme)) return 0;
  return grapheme.includes(EMOJI_STYLE) || isWide(grapheme.codePointAt(0) ?? 0) ? 2 : 1;
}

/** Cells that `text` takes on one line. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The longest start of `text` that fits into `cells`; never half a character. */
export function takeCells(text: string, cells: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, cells));
  let used = 0;
  let taken = '';
  for (const { segment } of segmenter.segment(text)) {
    used += graphemeWidth(segment);
    if (used > cells) break;
    taken += segment;
  }
  return taken;
}

/** `text` in exactly `cells` cells: cut with an ellipsis, or filled with spaces. */
export function fit(text: string, cells: number): string {
  const width = widthOf(text);
  if (width <= cells) return text + ' '.repeat(cells - width);
  const cut = cells > 1 ? `${takeCells(text, cells - 1)}…` : takeCells(text, cells);
  return cut + ' '.repeat(Math.max(0, cells - widthOf(cut)));
}

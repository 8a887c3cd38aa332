/** A line before it is coloured: spans of clean text with a style. Cutting to the width happens here, on plain text. */
import { createColors } from 'picocolors';
import { takeCells, widthOf } from './width.ts';

export type Style = 'plain' | 'dim' | 'bold' | 'good' | 'bad' | 'warn' | 'accent';
export type Span = readonly [text: string, style?: Style];
export type Line = readonly Span[];

/** Turns a line into what is written to a stream. */
export type Paint = (line: Line) => string;

export function createPaint(colors: boolean): Paint {
  const c = createColors(colors);
  const styles: Readonly<Record<Style, (text: string) => string>> = {
    plain: (text) => text,
    dim: c.dim,
    bold: c.bold,
    good: c.green,
    bad: c.red,
    warn: c.yellow,
    accent: c.cyan,
  };
  return (line) => line.map(([text, style]) => styles[style ?? 'plain'](text)).join('');
}

/** Whether to colour: NO_COLOR forbids, FORCE_COLOR commands, else a terminal that can. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTTY && env.TERM !== 'dumb';
}

/** Whether the terminal can show more than ASCII. A locale that says nothing is taken to be UTF-8, as most are. */
export function wantsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8';
  return /utf-?8/i.test(locale) && env.TERM !== 'linux';
}

export const lineWidth = (line: Line): number => line.reduce((sum, [text]) => sum + widthOf(text), 0);

/** The line in at most `cells` cells, its cut shown by an ellipsis. */
export function cutLine(line: Line, cells: number): Line {
  if (lineWidth(line) <= cells) return line;
  const kept: Span[] = [];
  let room = Math.max(0, cells - 1);
  for (const [text, style] of line) {
    const width = widthOf(text);
    const part = width <= room ? text : takeCells(text, room);
    kept.push([part, style ?? 'plain']);
    room -= widthOf(part);
    if (width > widthOf(part)) break;
  }
  return cells > 0 ? [...kept, ['…', 'dim']] : [];
}

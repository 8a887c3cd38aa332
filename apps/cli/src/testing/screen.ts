/**
 * A terminal just good enough to judge a board: text, newlines, carriage return, cursor up, clear below, hide and show
 * the cursor. Everything else is an error, so that nothing unexpected goes unseen.
 */
import { widthOf } from '../text/width.ts';

export interface Screen {
  write(text: string): void;
  /** All lines from the oldest of the scrollback. */
  lines(): readonly string[];
  readonly cursorHidden: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is made of them.
const TOKEN = /\u001b\[(\?25[lh]|\d*[A-Za-z])|\n|\r|[^\u001b\n\r]+/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is made of them.
const CONTROL = /\u001b\[[^A-Za-z]*[A-Za-z]|\r/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is made of them.
const CURSOR_UP = /\u001b\[(\d+)A/;

/** The text that one write leaves on the screen. */
export const withoutControls = (text: string): string => text.replace(CONTROL, '');

/** How far a write moves the cursor up. */
export const rowsUp = (text: string): number => Number(CURSOR_UP.exec(text)?.[1] ?? 0);

export function screen(columns: number, rows: number): Screen {
  const lines: string[] = [''];
  let row = 0;
  let hidden = false;
  const put = (text: string): void => {
    let rest = `${lines[row] ?? ''}${text}`;
    while (widthOf(rest) > columns) {
      lines[row] = [...rest].slice(0, columns).join('');
      rest = [...rest].slice(columns).join('');
      row += 1;
    }
    lines[row] = rest;
  };
  const control = (code: string): void => {
    if (code === '?25l') hidden = true;
    else if (code === '?25h') hidden = false;
    else if (code.endsWith('A')) row = Math.max(0, lines.length - rows, row - Number(code.slice(0, -1)));
    else if (code === '0J') lines.splice(row, lines.length, '');
    else if (!code.endsWith('m')) throw new Error(`unexpected control sequence ${code}`);
  };
  return {
    write(text) {
      for (const [token, code] of text.matchAll(TOKEN)) {
        if (code !== undefined) control(code);
        else if (token === '\n') {
          row += 1;
          lines[row] ??= '';
        } else if (token !== '\r') put(token);
      }
    },
    lines: () => lines,
    get cursorHidden() {
      return hidden;
    },
  };
}

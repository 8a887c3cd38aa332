/**
 * A region of lines at the bottom of what a terminal shows, redrawn in place. Lines written above it go into the
 * scrollback and stay. It is never taller than the terminal: what has scrolled away cannot be drawn over again.
 */
import type { TextOut } from '../io.ts';
import { cutLine, type Line, lineWidth, type Paint } from '../text/line.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
const up = (rows: number): string => (rows > 0 ? `\r\u001b[${rows}A` : '\r');

export interface InlineRegion {
  /** Lines there is room for. */
  room(): { readonly columns: number; readonly rows: number };
  /** Writes `above` for good and draws `region` below it, in one write so that nothing flickers. */
  draw(above: readonly Line[], region: readonly Line[]): void;
  /** Removes the region from the screen, for somebody else to write. */
  clear(): void;
  /** Removes the region and gives the cursor back. Repeating it changes nothing. */
  close(): void;
}

export function inlineRegion(out: TextOut, paint: Paint): InlineRegion {
  let widths: readonly number[] = [];
  let hidden = false;
  // The last column stays free: a full line makes some terminals wrap at once, and others only at the next character.
  const room = () => {
    const { columns, rows } = out.size();
    return { columns: Math.max(1, columns - 1), rows: Math.max(1, rows - 1) };
  };
  /** Rows the old region takes now: a terminal that became narrower has wrapped its lines. */
  const height = (): number => {
    const { columns, rows } = out.size();
    const tall = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return Math.min(tall, rows - 1);
  };
  const erase = (): string => {
    const text = widths.length === 0 ? '' : up(height()) + CLEAR_BELOW;
    widths = [];
    return text;
  };
  return {
    room,
    draw(above, region) {
      const { columns, rows } = room();
      const shown = region.slice(0, rows).map((line) => cutLine(line, columns));
      let text = erase();
      if (!hidden) text += HIDE_CURSOR;
      hidden = true;
      for (const line of [...above, ...shown]) text += `${paint(line)}\n`;
      widths = shown.map(lineWidth);
      out.write(text);
    },
    clear() {
      const text = erase();
      if (text !== '') out.write(text);
    },
    close() {
      const text = erase() + (hidden ? SHOW_CURSOR : '');
      hidden = false;
      if (text !== '') out.write(text);
    },
  };
}

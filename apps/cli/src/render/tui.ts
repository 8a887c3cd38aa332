/** The inline board of a terminal: what has ended goes into the scrollback, what goes on is redrawn below it. */

import { foldEvent, type RunBoard } from '@tutti/telemetry/runs';
import type { Io } from '../io.ts';
import { oneLine } from '../text/clean.ts';
import { type Line, type Paint, wantsUnicode } from '../text/line.ts';
import { boardLines } from './board-lines.ts';
import { eventLine, LASTING } from './event-line.ts';
import { inlineRegion } from './inline-region.ts';
import type { Renderer } from './renderer.ts';
import { finalLines, hintLines } from './summary-lines.ts';

/** At most ten pictures a second: faster than people read, slow enough for a terminal over a thin line. */
export const FRAME_MS = 100;

export interface TuiOptions {
  readonly io: Io;
  readonly board: RunBoard;
  readonly paint: Paint;
}

export function tuiRenderer({ io, board, paint }: TuiOptions): Renderer {
  const region = inlineRegion(io.stdout, paint);
  const unicode = wantsUnicode(io.env);
  let above: Line[] = [];
  let ended = false;
  const frame = (): void => {
    const room = region.room();
    // The cluster's clock may be ahead of ours; time never runs backwards on the board.
    const nowMs = Math.max(io.now(), board.lastMs);
    const lasting = above;
    above = [];
    region.draw(lasting, board.finished === undefined ? boardLines(board, { ...room, nowMs, unicode }) : []);
  };
  const stops = [io.every(FRAME_MS, frame), io.onResize(frame), io.onExit(() => restore())];
  const restore = (): void => {
    if (ended) return;
    ended = true;
    for (const stop of stops) stop();
    region.close();
  };
  return {
    event(event) {
      foldEvent(board, event);
      if (LASTING.has(event.type)) above.push(eventLine(event, board.submitted?.atMs));
    },
    note(text) {
      if (ended) {
        io.stderr.write(`${text}\n`);
        return;
      }
      // Standard error may be a file: then the note belongs there, and not on the board.
      region.clear();
      io.stderr.write(`${io.stderr.isTTY ? text.split('\n').map(oneLine).join('\n') : text}\n`);
    },
    restore,
    finish(hints = []) {
      if (ended) return;
      region.draw(above, []);
      above = [];
      restore();
      for (const line of [...finalLines(board, unicode), ...hintLines(hints)]) io.stdout.write(`${paint(line)}\n`);
    },
  };
}

/** Chooses what shows a run, by `--output` and by what standard output is. */

import type { TuttiEvent } from '@tutti/contracts';
import { createBoard, type ExpectedStep, foldEvent, metricsOf } from '@tutti/telemetry/runs';
import type { Io } from '../io.ts';
import { createPaint, type Line, type Paint, wantsColor, wantsUnicode } from '../text/line.ts';
import { eventLine } from './event-line.ts';
import type { Output, Renderer, ShownOutput } from './renderer.ts';
import { summarize } from './summary.ts';
import { finalLines, hintLines, outcomeLine } from './summary-lines.ts';
import { tuiRenderer } from './tui.ts';

export interface RendererOptions {
  readonly io: Io;
  readonly output: ShownOutput;
  readonly expected?: readonly ExpectedStep[];
  /** Whether JSON has the figures of the run, just before its end. */
  readonly figures?: boolean;
}

export function resolveOutput(output: Output, io: Io): ShownOutput {
  if (output !== 'auto') return output;
  return io.stdout.isTTY && io.env.TERM !== 'dumb' ? 'tui' : 'plain';
}

/** The painter of standard output. */
export const paintFor = (io: Io): Paint => createPaint(wantsColor(io.env, io.stdout.isTTY));

export function createRenderer(options: RendererOptions): Renderer {
  const { io, output } = options;
  if (output === 'tui') return tuiRenderer({ io, board: createBoard(options.expected), paint: paintFor(io) });
  const note = (text: string): void => io.stderr.write(`${text}\n`);
  const restore = (): void => undefined;
  if (output === 'json') return { event: jsonPrinter(options), note, restore, finish: restore };
  return output === 'quiet' ? quietRenderer(io, note) : plainRenderer(io, note);
}

/** An event a line. The figures come before the end, so that a run's last line is its outcome for whoever reads no more. */
function jsonPrinter({ io, figures = false, expected = [] }: RendererOptions): Renderer['event'] {
  const board = createBoard(figures ? expected : []);
  const print = (event: TuttiEvent): void => io.stdout.write(`${JSON.stringify(event)}\n`);
  return (event) => {
    if (figures) foldEvent(board, event);
    const { run, time, seq, type } = event;
    if (figures && type === 'run.finished' && run !== undefined && seq !== undefined)
      print({ v: 1, type: 'run.metrics', time, run, seq: seq - 1, data: metricsOf(board) });
    print(event);
  };
}

function printer(io: Io): (lines: readonly Line[]) => void {
  const paint = paintFor(io);
  return (lines) => {
    for (const line of lines) io.stdout.write(`${paint(line)}\n`);
  };
}

function plainRenderer(io: Io, note: Renderer['note']): Renderer {
  const board = createBoard();
  const print = printer(io);
  return {
    event: (event) => {
      foldEvent(board, event);
      print([eventLine(event, board.submitted?.atMs)]);
    },
    note,
    restore: () => undefined,
    finish: (hints = []) => print([...finalLines(board, wantsUnicode(io.env)), ...hintLines(hints)]),
  };
}

function quietRenderer(io: Io, note: Renderer['note']): Renderer {
  const board = createBoard();
  const print = printer(io);
  const finish = (): void => {
    const summary = summarize(board);
    if (summary !== undefined) print([outcomeLine(summary)]);
  };
  return { event: (event) => foldEvent(board, event), note, restore: () => undefined, finish };
}

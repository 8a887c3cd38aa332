/** `tutti why`: where the time of a run went, and what a step waits for. */
import { type RunView, TuttiError } from '@tutti/contracts';
import { type RunBoard, stretchesOf, timePath } from '@tutti/telemetry/runs';
import { becauseOf } from '../because.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { recordedBoard } from '../recorded-run.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { becauseLines, headLine, pathLines, stretchLines, waitingLines } from '../render/why-lines.ts';
import { openRemote } from '../session.ts';
import type { Line } from '../text/line.ts';

interface Seen {
  readonly view: RunView;
  readonly board: RunBoard;
  readonly nowMs: number;
}

interface Answer {
  readonly json: object;
  readonly lines: readonly Line[];
}

function whyRun({ view, board, nowMs }: Seen): Answer {
  const { run, phase, outcome } = view;
  const path = timePath(board, nowMs);
  const waiting = view.steps.flatMap(({ id, waitsOn }) => (waitsOn === undefined ? [] : [{ step: id, ...waitsOn }]));
  return {
    json: { run, phase, ...(outcome === undefined ? {} : { outcome }), path, waiting },
    lines: [
      headLine(view),
      ...(path === undefined ? [] : pathLines(path, outcome !== undefined)),
      ...waitingLines(view, nowMs),
    ],
  };
}

function whyStep({ view, board, nowMs }: Seen, id: string): Answer {
  const step = view.steps.find((each) => each.id === id);
  if (step === undefined) throw new TuttiError('unknown_step', `The run ${view.run} has no step "${id}"`);
  const row = board.steps.get(id);
  const stretches = row === undefined ? [] : stretchesOf(row, nowMs);
  const because = becauseOf(view, id);
  const { status, waitsOn } = step;
  return {
    json: { run: view.run, step: id, status, ...(waitsOn === undefined ? {} : { waitsOn }), because, stretches },
    lines: [
      headLine(view),
      ...becauseLines(because, step.endedAtMs ?? nowMs),
      [],
      ...stretchLines(stretches, board.submitted?.atMs ?? 0),
    ],
  };
}

export async function why(cli: Cli, run: string, step: string | undefined): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const { client } = session;
    const board = await knownRun(run, recordedBoard(client, run));
    const view = await knownRun(run, client.status(run));
    const seen = { view, board, nowMs: io.now() };
    const { json, lines } = step === undefined ? whyRun(seen) : whyStep(seen, step);
    if (resolveOutput(globals.output, io) === 'json') io.stdout.write(`${JSON.stringify(json)}\n`);
    else for (const line of lines) io.stdout.write(`${paintFor(io)(line)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** `tutti metrics`: the figures of a run by the specification's names; of one that goes on, so far. */
import { RUN_METRICS, type RunMetrics } from '@tutti/contracts';
import { metricsOf } from '@tutti/telemetry/runs';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { recordedBoard } from '../recorded-run.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { tableLines } from '../render/table-lines.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { span } from '../text/units.ts';

/** Names of one figure that are told to people; `--output json` has all. */
const MOST_NAMES = 12;

function valueText(value: unknown, unit: string): string {
  if (typeof value === 'number') return unit === 'ms' ? span(value) : `${value}${unit === '%' ? ' %' : ''}`;
  const entries = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  const told = entries.slice(0, MOST_NAMES).map(([name, part]) => `${name} ${valueText(part, unit)}`);
  const more = entries.length > MOST_NAMES ? `, and ${entries.length - MOST_NAMES} more` : '';
  return `${told.join(', ')}${more}`;
}

/** Steps and agents of one figure stand apart, as in JSON. */
function figureText(value: unknown, unit: string): string {
  if (typeof value !== 'object' || value === null || !('steps' in value)) return valueText(value, unit);
  return valueText(value.steps, unit);
}

export function metricLines(metrics: RunMetrics): readonly Line[] {
  const rows = Object.entries(RUN_METRICS).flatMap(([group, table]) =>
    Object.entries(table).map(([name, { unit }]) => {
      const value = (metrics[group as keyof typeof RUN_METRICS] as Readonly<Record<string, unknown>>)[name];
      return [name, oneLine(value === null ? `unknown: ${metrics.unknown[name] ?? ''}` : figureText(value, unit))];
    }),
  );
  return tableLines(['FIGURE', ''], rows);
}

export async function metrics(cli: Cli, run: string): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const board = await knownRun(run, recordedBoard(session.client, run));
    const ended = board.finished !== undefined;
    const told = metricsOf(board, ended ? undefined : io.now());
    if (resolveOutput(globals.output, io) === 'json') {
      io.stdout.write(`${JSON.stringify({ run, ended, ...told })}\n`);
      return EXIT.done;
    }
    const paint = paintFor(io);
    const state = board.finished?.outcome ?? 'goes on: its figures so far';
    const head: Line = [[oneLine(board.submitted?.workflow ?? ''), 'bold'], [`  ${run}  `, 'dim'], [oneLine(state)]];
    for (const line of [head, ...metricLines(told)]) io.stdout.write(`${paint(line)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

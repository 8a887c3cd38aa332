/** `tutti ls`: the runs of a cluster, newest first. */
import type { RunRow } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { outcomeStyle } from '../render/event-line.ts';
import { stateWord } from '../render/state.ts';
import { tableLines } from '../render/table-lines.ts';
import { openRemote } from '../session.ts';
import { span } from '../text/units.ts';

function row(each: RunRow, nowMs: number): readonly string[] {
  const state = stateWord(each);
  const age = `${span(nowMs - each.submittedAtMs)} ago`;
  const took = each.endedAtMs === undefined ? '' : span(each.endedAtMs - each.submittedAtMs);
  return [each.run, each.workflow, state, `${each.stepsDone}/${each.steps}`, age, took, each.owner];
}

export async function ls(cli: Cli, options: { readonly limit: number }): Promise<number> {
  const { io, globals } = cli;
  const session = await openRemote(cli);
  try {
    const { runs, more } = await session.client.list({ limit: options.limit });
    if (resolveOutput(globals.output, io) === 'json') {
      for (const each of runs) io.stdout.write(`${JSON.stringify(each)}\n`);
      return EXIT.done;
    }
    const paint = paintFor(io);
    const header = ['RUN', 'WORKFLOW', 'STATE', 'STEPS', 'SUBMITTED', 'TOOK', 'OWNER'];
    const rows = runs.map((each) => row(each, io.now()));
    const styleOf = (line: number, column: number) =>
      column === 2 && runs[line]?.outcome !== undefined ? outcomeStyle(runs[line].outcome) : 'plain';
    for (const line of tableLines(header, rows, styleOf)) io.stdout.write(`${paint(line)}\n`);
    if (more) io.stderr.write('tutti: there are more runs; raise --limit to see them\n');
    return EXIT.done;
  } finally {
    await session.close();
  }
}

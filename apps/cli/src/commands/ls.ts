/** `tutti ls`: the runs of a cluster, newest first. */
import { type MessageOf, type RunRow, SHARD_COUNT } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { outcomeStyle } from '../render/event-line.ts';
import { stateWord } from '../render/state.ts';
import { tableLines } from '../render/table-lines.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import { span } from '../text/units.ts';

function row(each: RunRow, nowMs: number): readonly string[] {
  const state = stateWord(each);
  const age = `${span(nowMs - each.submittedAtMs)} ago`;
  const took = each.endedAtMs === undefined ? '' : span(each.endedAtMs - each.submittedAtMs);
  return [each.run, each.workflow, state, `${each.stepsDone}/${each.steps}`, age, took, each.owner];
}

/** A list that is silently short would be believed: it says so, and ends 3. */
function tellLacking({ io }: Cli, incomplete: MessageOf<'run.listed'>['incomplete']): number {
  if (incomplete === undefined) return EXIT.done;
  const { shards, nodes } = incomplete;
  const silent = nodes.length === 0 ? '' : ` (no answer from ${nodes.map(oneLine).join(', ')})`;
  const what = `nobody has the runs of ${shards} of ${SHARD_COUNT} shards at the moment${silent}`;
  io.stderr.write(`tutti: this list is not complete: ${what}; a node is being replaced, or none runs: ask again\n`);
  return EXIT.partial;
}

export async function ls(cli: Cli, options: { readonly limit: number }): Promise<number> {
  const { io, globals } = cli;
  const session = await openRemote(cli);
  try {
    const { runs, more, incomplete } = await session.client.list({ limit: options.limit });
    if (resolveOutput(globals.output, io) === 'json') {
      for (const each of runs) io.stdout.write(`${JSON.stringify(each)}\n`);
      if (incomplete !== undefined) io.stdout.write(`${JSON.stringify({ incomplete })}\n`);
      return tellLacking(cli, incomplete);
    }
    const paint = paintFor(io);
    const header = ['RUN', 'WORKFLOW', 'STATE', 'STEPS', 'SUBMITTED', 'TOOK', 'OWNER'];
    const rows = runs.map((each) => row(each, io.now()));
    const styleOf = (line: number, column: number) =>
      column === 2 && runs[line]?.outcome !== undefined ? outcomeStyle(runs[line].outcome) : 'plain';
    for (const line of tableLines(header, rows, styleOf)) io.stdout.write(`${paint(line)}\n`);
    if (more) io.stderr.write('tutti: there are more runs; raise --limit to see them\n');
    return tellLacking(cli, incomplete);
  } finally {
    await session.close();
  }
}

/** `tutti result`: what a run of a cluster left in its context, whoever started it and whenever it ended. */
import { TuttiError } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { exitCode } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { resolveOutput } from '../render/create-renderer.ts';
import { stateOf } from '../render/state.ts';
import { assertWritable, leftBy, outputs, type RunLeft, writeResult } from '../run-results.ts';
import { openRemote } from '../session.ts';
import { jsonText, oneLine } from '../text/clean.ts';

export interface ResultOptions {
  /** Where to write it as JSON, as `run --result` does. */
  readonly result?: string;
}

/** Ends as `tutti run` would have: by the outcome of the run. */
export async function result(cli: Cli, run: string, { result: file }: ResultOptions): Promise<number> {
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const left = await knownRun(run, leftBy(session.client, run));
    const { phase, outcome = 'unknown' } = left.view;
    if (phase !== 'ended') {
      const how = `\`tutti events ${run} --follow\` shows it until its end`;
      throw new TuttiError('run_active', `The run ${run} is ${stateOf(left.view)} and has no result yet; ${how}`);
    }
    await assertWritable(file, cli.io.cwd);
    if (file !== undefined) await writeResult(file, cli.io.cwd, left);
    tell(cli, left, file);
    return exitCode({ outcome });
  } finally {
    await session.close();
  }
}

/** Standard output is the result itself, unless it went to a file. */
function tell({ io, globals }: Cli, { view, written, results }: RunLeft, file: string | undefined): void {
  const output = resolveOutput(globals.output, io);
  const { run, outcome, reason } = view;
  if (output === 'quiet') return;
  if (output === 'json') {
    io.stdout.write(
      `${JSON.stringify({ run, outcome, ...(reason === undefined ? {} : { reason }), result: written })}\n`,
    );
    return;
  }
  const stands = oneLine(`${run}: ${outcome}${reason === undefined ? '' : `: ${reason}`}`);
  (file === undefined ? io.stderr : io.stdout).write(`${stands}\n`);
  io.stdout.write(`${file === undefined ? jsonText(written) : oneLine(outputs(results, file, ''))}\n`);
}

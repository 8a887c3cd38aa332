/** `tutti cancel`: ends a run early. One that is over already is refused, unless it was cancelled. */
import { TuttiError } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { openRemote } from '../session.ts';

export async function cancel(cli: Cli, run: string, options: { readonly reason: string }): Promise<number> {
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const before = await knownRun(run, session.client.status(run));
    const view = before.phase === 'ended' ? before : await session.client.cancel(run, options.reason);
    if (cli.globals.output === 'json') cli.io.stdout.write(`${JSON.stringify(view)}\n`);
    if (view.phase === 'ended' && view.outcome !== 'cancelled') {
      throw new TuttiError('run_finished', `The run ${run} is over: ${view.outcome}; nothing was cancelled`);
    }
    const isText = cli.globals.output !== 'json' && cli.globals.output !== 'quiet';
    if (isText) cli.io.stdout.write(`${run}: ${view.outcome ?? view.phase}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

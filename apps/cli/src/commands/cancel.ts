/** `tutti cancel`: ends a run early. Cancelling one that has ended changes nothing. */
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { knownRun } from '../known-run.ts';
import { openRemote } from '../session.ts';

export async function cancel(cli: Cli, run: string, options: { readonly reason: string }): Promise<number> {
  const session = await openRemote(cli);
  try {
    const view = await knownRun(run, session.client.cancel(run, options.reason));
    if (cli.globals.output === 'json') cli.io.stdout.write(`${JSON.stringify(view)}\n`);
    else if (cli.globals.output !== 'quiet') cli.io.stdout.write(`${run}: ${view.outcome ?? view.phase}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

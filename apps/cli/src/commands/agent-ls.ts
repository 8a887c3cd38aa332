/** `tutti agent ls`: the live agent instances as a node sees them. */
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { tableLines } from '../render/table-lines.ts';
import { openRemote } from '../session.ts';

export async function agentLs(cli: Cli): Promise<number> {
  const { io, globals } = cli;
  const session = await openRemote(cli);
  try {
    const { instances } = await session.client.describe();
    if (resolveOutput(globals.output, io) === 'json') {
      for (const each of instances) io.stdout.write(`${JSON.stringify(each)}\n`);
      return EXIT.done;
    }
    const paint = paintFor(io);
    const rows = instances.map((each) => [
      each.role,
      each.instance,
      each.slow === true ? `${each.state}, slow` : each.state,
      each.attempt ?? '',
      each.process,
      each.host,
    ]);
    for (const line of tableLines(['AGENT', 'INSTANCE', 'STATE', 'RUNS', 'PROCESS', 'HOST'], rows)) {
      io.stdout.write(`${paint(line)}\n`);
    }
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** `tutti events`: what happened in a run, from any sequence on. */
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { createRenderer, resolveOutput } from '../render/create-renderer.ts';
import { openRemote } from '../session.ts';

export interface EventsOptions {
  readonly from: number;
  readonly follow?: boolean;
}

export async function events(cli: Cli, run: string, options: EventsOptions): Promise<number> {
  const { io, globals } = cli;
  const shown = resolveOutput(globals.output, io);
  const renderer = createRenderer({ io, output: shown === 'tui' && options.follow !== true ? 'plain' : shown });
  const abort = new AbortController();
  const stopSignals = io.onSignal(() => abort.abort());
  io.stdoutGone.addEventListener('abort', () => abort.abort(), { once: true });
  const session = await openRemote(cli);
  try {
    const source =
      options.follow === true
        ? session.client.watch(run, { fromSeq: options.from, signal: abort.signal })
        : session.client.events(run, options.from);
    for await (const event of source) {
      if (abort.signal.aborted) break;
      renderer.event(event);
      if (event.type === 'run.finished') break;
    }
    renderer.finish();
    return EXIT.done;
  } finally {
    stopSignals();
    renderer.restore();
    await session.close();
  }
}

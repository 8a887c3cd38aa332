/** `tutti events`: what happened in a run, from any sequence on. */
import type { TuttiEvent } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { patientWatch } from '../patient-watch.ts';
import { createRenderer, resolveOutput } from '../render/create-renderer.ts';
import type { Renderer } from '../render/renderer.ts';
import { openRemote } from '../session.ts';

export interface EventsOptions {
  readonly from: number;
  readonly follow?: boolean;
}

async function showAll(source: AsyncIterable<TuttiEvent>, renderer: Renderer, signal: AbortSignal): Promise<void> {
  for await (const event of source) {
    if (signal.aborted) return;
    renderer.event(event);
  }
}

export async function events(cli: Cli, run: string, options: EventsOptions): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const shown = resolveOutput(globals.output, io);
  const renderer = createRenderer({ io, output: shown === 'tui' && options.follow !== true ? 'plain' : shown });
  const abort = new AbortController();
  const stopSignals = io.onSignal(() => abort.abort());
  io.stdoutGone.addEventListener('abort', () => abort.abort(), { once: true });
  const session = await openRemote(cli);
  if (options.follow === true) {
    session.onAlert(renderer.event);
    session.onBroker(renderer.event);
  }
  try {
    const source =
      options.follow === true
        ? patientWatch(io, session.client, run, { fromSeq: options.from, signal: abort.signal, note: renderer.note })
        : session.client.events(run, options.from);
    await knownRun(run, showAll(source, renderer, abort.signal));
    renderer.finish();
    return EXIT.done;
  } finally {
    stopSignals();
    renderer.restore();
    await session.close();
  }
}

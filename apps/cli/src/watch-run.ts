/** Shows a run from its events until it ends, and turns Ctrl-C into a cancel. */
import type { TuttiEvent } from '@tutti/contracts';
import { EXIT, exitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { Renderer } from './render/renderer.ts';

/** What watching needs of a client; embedded and remote runs look the same from here. */
export interface RunSource {
  /** The events of the run, recorded and fleeting, until its last one. */
  watch(run: string, options: { readonly signal: AbortSignal }): AsyncIterable<TuttiEvent>;
  cancel(run: string, reason: string): Promise<unknown>;
}

export interface WatchRunOptions {
  readonly io: Io;
  readonly source: RunSource;
  readonly run: string;
  readonly renderer: Renderer;
  /** Starts the run; a Ctrl-C before it is done cancels the run as soon as it is known. */
  readonly submit: () => Promise<unknown>;
  /** Looks at what the run left, after its end; what it returns is said after the summary. */
  readonly hints?: (outcome: string) => Promise<readonly string[]>;
}

const FORCE_HINT = 'tutti: cancelling the run and waiting for its end; Ctrl-C again to leave at once';

/**
 * Resolves with the exit code of the run's outcome. Rejects when the run cannot be started or watched; the terminal is
 * restored in any case.
 */
export async function watchRun(options: WatchRunOptions): Promise<number> {
  const { io, source, run, renderer } = options;
  const abort = new AbortController();
  let asked = false;
  let submitted = false;
  const cancel = async (): Promise<void> => {
    try {
      await source.cancel(run, 'cancelled from the command line');
    } catch (error) {
      renderer.note(`tutti: the run could not be cancelled: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const stop = io.onSignal(() => {
    if (asked) {
      renderer.restore();
      abort.abort();
      io.exit(EXIT.cancelled);
      return;
    }
    asked = true;
    renderer.note(FORCE_HINT);
    if (submitted) void cancel();
  });
  try {
    const events = source.watch(run, { signal: abort.signal });
    await options.submit();
    submitted = true;
    if (asked) void cancel();
    const outcome = await show(events, renderer);
    renderer.finish(await hintsOf(options, outcome));
    return exitCode({ outcome });
  } finally {
    stop();
    abort.abort();
    renderer.restore();
  }
}

/** Feeds the renderer; the outcome is that of the run's last event. */
async function show(events: AsyncIterable<TuttiEvent>, renderer: Renderer): Promise<string> {
  let outcome = 'unknown';
  for await (const event of events) {
    renderer.event(event);
    if (event.type === 'run.finished') outcome = String(event.data.outcome);
  }
  return outcome;
}

/** A run that has ended keeps its outcome, whatever becomes of the look at what it left. */
async function hintsOf({ hints, renderer }: WatchRunOptions, outcome: string): Promise<readonly string[]> {
  try {
    return (await hints?.(outcome)) ?? [];
  } catch (error) {
    renderer.note(
      `tutti: what the run left could not be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}

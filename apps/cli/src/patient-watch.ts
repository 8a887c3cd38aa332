/** Events of a run in a cluster, through times in which nobody answers: a run goes on without whoever looks at it. */
import type { Client, WatchOptions } from '@tutti/client';
import { TuttiError, type TuttiEvent } from '@tutti/contracts';
import type { Io } from './io.ts';
import { span } from './text/units.ts';

/** For how long nobody may answer, ms: longer than a broker or a node takes to start again. */
export const PATIENCE_MS = 60_000;
/** Between two tries, beside the time that each takes, ms. */
const AGAIN_MS = 1_000;

/** Nobody is there, or nobody who has the run. */
const AWAY: ReadonlySet<string> = new Set([
  'no_responders',
  'broker_unavailable',
  'request_timeout',
  'not_owner',
  'overloaded',
]);

export interface PatientOptions extends WatchOptions {
  /** Takes what a person should know. */
  readonly note: (text: string) => void;
}

/** As `Client.watch`. Rejects with the last error once nobody has answered for `PATIENCE_MS`. */
export async function* patientWatch(
  io: Pick<Io, 'now' | 'after'>,
  client: Pick<Client, 'watch'>,
  run: string,
  { fromSeq = 1, note, ...options }: PatientOptions,
): AsyncGenerator<TuttiEvent, void> {
  const away = new Away(io, note);
  for (let next = fromSeq; ; ) {
    try {
      for await (const event of client.watch(run, { ...options, fromSeq: next })) {
        away.heard();
        next = Math.max(next, (event.seq ?? 0) + 1);
        yield event;
      }
      return;
    } catch (error) {
      if (options.signal?.aborted === true || !away.toleratesStill(TuttiError.from(error))) throw error;
      await new Promise<void>((resolve) => void io.after(AGAIN_MS, resolve));
    }
  }
}

/** A time in which nobody answers. */
class Away {
  readonly #io: Pick<Io, 'now'>;
  readonly #note: (text: string) => void;
  #sinceMs: number | undefined;

  constructor(io: Pick<Io, 'now'>, note: (text: string) => void) {
    this.#io = io;
    this.#note = note;
  }

  heard(): void {
    if (this.#sinceMs === undefined) return;
    this.#sinceMs = undefined;
    this.#note('tutti: the cluster answers again');
  }

  /** Notes the first error of such a time, and tells of it; false once it has lasted too long. */
  toleratesStill({ code, message }: TuttiError): boolean {
    if (!AWAY.has(code)) return false;
    if (this.#sinceMs === undefined) {
      this.#sinceMs = this.#io.now();
      this.#note(
        `tutti: ${message.replace(/[^.]$/, '$&.')} The run needs nobody who looks at it; it is looked for again for ${span(PATIENCE_MS)}`,
      );
    }
    return this.#io.now() - this.#sinceMs < PATIENCE_MS;
  }
}

/**
 * Watching a run: live events from a plain subscription, gaps filled from the run's journal by sequence.
 *
 * Recorded events come in order, without a gap or a repetition, from the sequence asked for until `run.finished`. Events
 * that are not recorded (progress) come as they come.
 */
import type { Subscription } from '@tutti/bus';
import { decodeJson } from '@tutti/bus';
import { FLEETING, type TuttiEvent, tuttiEvent } from '@tutti/contracts';
import { type CallPorts, call } from './call.ts';
import { Cursor } from './cursor.ts';

/** Silence after which the journal is asked whether something was missed, ms. */
export const RECHECK_MS = 2_000;
/** Live events kept for a slow reader; beyond it they are dropped and read again from the journal. */
export const MAX_BUFFERED = 10_000;
const PAGE = 1_000;

export async function* watchRun(
  ports: CallPorts,
  run: string,
  fromSeq: number,
  signal?: AbortSignal,
): AsyncGenerator<TuttiEvent, void> {
  const inbox = new Inbox(ports, run, signal);
  const cursor = new Cursor(Math.max(1, fromSeq));
  try {
    await ports.bus.flush();
    while (!cursor.ended && signal?.aborted !== true) {
      for (const event of await missed(ports, run, cursor)) if (cursor.take(event)) yield event;
      yield* liveUntilGap(inbox, cursor);
    }
  } finally {
    inbox.close();
  }
}

/** What the journal holds beyond the cursor; all of it when numbers may have been given again. */
async function missed(ports: CallPorts, run: string, cursor: Cursor): Promise<readonly TuttiEvent[]> {
  if (!cursor.suspects) {
    // One more than is missing: it shows whether the numbers are still those of the events that were given.
    const events = await recorded(ports, run, Math.max(cursor.first, cursor.next - 1));
    if (events[0] === undefined || !cursor.needsJournal(events[0])) return events;
  }
  const events = await recorded(ports, run, cursor.first);
  cursor.compare(events);
  return events;
}

/** Live events as long as no sequence is missing and none was given to two events. */
async function* liveUntilGap(inbox: Inbox, cursor: Cursor): AsyncGenerator<TuttiEvent, void> {
  while (!cursor.ended && !cursor.suspects) {
    const event = await inbox.take();
    if (event === undefined) return;
    const isFleeting = FLEETING.has(event.type);
    if (!isFleeting && cursor.needsJournal(event)) return;
    if (isFleeting || cursor.take(event)) yield event;
  }
}

/** The recorded events of a run from a sequence, all pages. */
export async function recorded(ports: CallPorts, run: string, from: number): Promise<readonly TuttiEvent[]> {
  const out: TuttiEvent[] = [];
  for (let fromSeq = from; ; ) {
    const page = await call(ports, { type: 'run.events', run, fromSeq, limit: PAGE }, 'run.recorded');
    out.push(...page.events.filter((e) => !FLEETING.has(e.type)));
    if (page.complete || page.events.length === 0) return out;
    fromSeq = (page.events.at(-1)?.seq ?? fromSeq) + 1;
  }
}

/** Live events in the order they came; `take` gives undefined after a silence, an abort, or when some were dropped. */
class Inbox {
  readonly #ports: CallPorts;
  readonly #signal: AbortSignal | undefined;
  readonly #subscription: Subscription;
  #events: TuttiEvent[] = [];
  #wake: (() => void) | undefined;
  #dropped = false;

  constructor(ports: CallPorts, run: string, signal: AbortSignal | undefined) {
    this.#ports = ports;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
    const filter = ports.subjects.of('runEvent', { run, noun: '*', verb: '*' });
    this.#subscription = ports.bus.subscribe(filter, ({ data }) => this.#push(data));
  }

  #push(data: Uint8Array): void {
    const parsed = tuttiEvent.safeParse(decodeJson(data));
    if (!parsed.success) return;
    if (this.#events.length < MAX_BUFFERED) this.#events.push(parsed.data);
    // What is not recorded cannot be read again, so nobody needs to be told that it is gone.
    else if (!FLEETING.has(parsed.data.type)) this.#dropped = true;
    this.#wake?.();
  }

  async take(): Promise<TuttiEvent | undefined> {
    if (this.#events.length === 0 && !this.#dropped && this.#signal?.aborted !== true) await this.#silence();
    const event = this.#signal?.aborted === true ? undefined : this.#events.shift();
    if (event === undefined) this.#dropped = false;
    return event;
  }

  /** Resolves at the next event or after the silence in which one may have been lost. */
  async #silence(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#ports.sleep(RECHECK_MS, woken.signal);
    this.#wake = undefined;
  }

  readonly #stop = (): void => this.#wake?.();

  close(): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    this.#subscription.unsubscribe();
  }
}

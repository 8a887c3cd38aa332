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

/** Silence after which the journal is asked whether something was missed, ms. */
export const RECHECK_MS = 2_000;
/** Live events kept for a slow reader; beyond it they are dropped and read again from the journal. */
export const MAX_BUFFERED = 10_000;
const PAGE = 1_000;

export async function* watchRun(ports: CallPorts, run: string, fromSeq: number): AsyncGenerator<TuttiEvent, void> {
  const inbox = new Inbox(ports, run);
  let next = Math.max(1, fromSeq);
  try {
    await ports.bus.flush();
    for (;;) {
      for (const event of await missed(ports, run, next)) {
        next = (event.seq ?? next) + 1;
        yield event;
        if (event.type === 'run.finished') return;
      }
      for (let live = await inbox.take(); live !== undefined; live = await inbox.take()) {
        if (FLEETING.has(live.type)) yield live;
        // A new owner may have renumbered what its predecessor had published but not yet journaled.
        else if (live.type === 'run.recovered' && (live.seq ?? 0) < next) next = (live.seq ?? 0) + 1;
        else if ((live.seq ?? 0) > next) break;
        else if (live.seq === next) {
          next++;
          yield live;
          if (live.type === 'run.finished') return;
        }
      }
    }
  } finally {
    inbox.close();
  }
}

async function missed(ports: CallPorts, run: string, from: number): Promise<readonly TuttiEvent[]> {
  const out: TuttiEvent[] = [];
  for (let fromSeq = from; ; ) {
    const page = await call(ports, { type: 'run.events', run, fromSeq, limit: PAGE }, 'run.recorded');
    out.push(...page.events.filter((e) => !FLEETING.has(e.type)));
    if (page.complete || page.events.length === 0) return out;
    fromSeq = (page.events.at(-1)?.seq ?? fromSeq) + 1;
  }
}

/** Live events in the order they came; `take` gives undefined after a silence or when some were dropped. */
class Inbox {
  readonly #ports: CallPorts;
  readonly #subscription: Subscription;
  #events: TuttiEvent[] = [];
  #wake: (() => void) | undefined;
  #dropped = false;

  constructor(ports: CallPorts, run: string) {
    this.#ports = ports;
    const filter = ports.subjects.of('runEvent', { run, noun: '*', verb: '*' });
    this.#subscription = ports.bus.subscribe(filter, ({ data }) => this.#push(data));
  }

  #push(data: Uint8Array): void {
    const parsed = tuttiEvent.safeParse(decodeJson(data));
    if (!parsed.success) return;
    if (this.#events.length >= MAX_BUFFERED) this.#dropped = true;
    else this.#events.push(parsed.data);
    this.#wake?.();
  }

  async take(): Promise<TuttiEvent | undefined> {
    if (this.#events.length === 0 && !this.#dropped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#ports.sleep(RECHECK_MS)]);
      this.#wake = undefined;
    }
    const event = this.#events.shift();
    if (event === undefined) this.#dropped = false;
    return event;
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}

/** Live events of one run in the order they came, from a subscription, until their reader takes them. */
import { decodeJson, type Subscription } from '@tutti/bus';
import { FLEETING, type TuttiEvent, tuttiEvent } from '@tutti/contracts';
import type { CallPorts } from './call.ts';

/** Live events kept for a slow reader; beyond it they are dropped and read again from the journal. */
export const MAX_BUFFERED = 10_000;

export class Inbox {
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

  /** The oldest event, which stays; undefined when there is none now. */
  get head(): TuttiEvent | undefined {
    return this.#signal?.aborted === true ? undefined : this.#events[0];
  }

  /** Waits for an event to be there: undefined after `silenceMs` without one, an abort, or when some were dropped. */
  async wait(silenceMs: number): Promise<TuttiEvent | undefined> {
    if (this.#events.length === 0 && !this.#dropped) await this.#pause(silenceMs);
    if (this.head === undefined) this.#dropped = false;
    return this.head;
  }

  /** Takes the oldest event away. */
  take(): void {
    this.#events.shift();
  }

  /** Resolves after a time or at an abort, whatever comes meanwhile. */
  async rest(ms: number): Promise<void> {
    if (this.#signal?.aborted !== true) await this.#ports.sleep(ms, this.#signal);
  }

  async #pause(ms: number): Promise<void> {
    if (this.#signal?.aborted === true) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#ports.sleep(ms, woken.signal);
    this.#wake = undefined;
  }

  readonly #stop = (): void => this.#wake?.();

  close(): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    this.#subscription.unsubscribe();
  }
}

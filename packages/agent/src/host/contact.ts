/**
 * Whether this process is in touch with the rest. What nobody hears of is stopped here before anybody may take it for dead; what
 * was sent to it while it was frozen or cut off is not begun (docs/adr/0016).
 */
import type { KernelPorts } from '@tutti/kernel';

/** Between two questions to the broker, at the least, ms: beats may come 20 times a second. */
const ASK_EACH_MS = 500;
/** Beats whose answers may still come. */
const MOST_BEATS = 64;

/**
 * How old the last answer of the broker may be when an order comes, ms. It is asked with each beat; orders that are older are given
 * up by those who gave them (`acceptMs` of the dispatcher, 2 s).
 */
const IN_TOUCH_MS = 1_800;

interface Attempt {
  readonly aloneMs: number;
  /** When it was surely heard of, ms of the monotonic clock. */
  heardMs: number;
}

export class Contact {
  readonly #ports: Pick<KernelPorts, 'bus' | 'clock'>;
  /** When beats were sent, by their number. */
  readonly #beats = new Map<number, number>();
  readonly #attempts = new Map<string, Attempt>();
  #askedMs = Number.NEGATIVE_INFINITY;
  /** When the last question was sent that the broker has answered: all that it had for this process by then has come. */
  #inTouchMs: number;

  constructor(ports: Pick<KernelPorts, 'bus' | 'clock'>) {
    this.#ports = ports;
    this.#inTouchMs = ports.clock.monotonic();
  }

  get isInTouch(): boolean {
    return this.#ports.clock.monotonic() - this.#inTouchMs <= IN_TOUCH_MS;
  }

  /** A beat goes out now. */
  beat(seq: number): void {
    this.#beats.set(seq, this.#ports.clock.monotonic());
    for (const old of this.#beats.keys()) {
      if (this.#beats.size <= MOST_BEATS) break;
      this.#beats.delete(old);
    }
    this.#ask();
  }

  #ask(): void {
    const askedMs = this.#ports.clock.monotonic();
    if (askedMs - this.#askedMs < ASK_EACH_MS) return;
    this.#askedMs = askedMs;
    const answered = (): void => {
      this.#inTouchMs = Math.max(this.#inTouchMs, askedMs);
    };
    // A connection that is cut answers when it is whole again, or not at all.
    this.#ports.bus.flush().then(answered, () => undefined);
  }

  /** An attempt began that goes on for so long without a word of it. */
  begin(key: string, aloneMs: number): void {
    this.#attempts.set(key, { aloneMs, heardMs: this.#ports.clock.monotonic() });
  }

  end(key: string): void {
    this.#attempts.delete(key);
  }

  /** Somebody counts on some attempts, by the beat of this number. */
  heard(seq: number, isMeant: (key: string) => boolean): void {
    const sentMs = this.#beats.get(seq);
    if (sentMs === undefined) return;
    for (const [key, attempt] of this.#attempts) if (isMeant(key)) attempt.heardMs = Math.max(attempt.heardMs, sentMs);
  }

  /** Attempts that nobody has heard of for as long as they may go on; each is told once. */
  alone(): readonly string[] {
    const now = this.#ports.clock.monotonic();
    const keys = [...this.#attempts].filter(([, { heardMs, aloneMs }]) => now - heardMs >= aloneMs).map(([key]) => key);
    for (const key of keys) this.#attempts.delete(key);
    return keys;
  }
}

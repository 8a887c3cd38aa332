/** The heartbeat of one agent process: once a second, and soon after each change, but never too often. */
import type { Clock, Random, TimerHandle } from '@tutti/kernel';
import type { AgentOptions } from '../options.ts';

/** Share by which the time between two beats varies, so that many processes do not beat at once. */
const JITTER = 0.2;
/**
 * Least time between two beats for each instance that a beat names, ms: so a process of hundreds of instances says no more
 * than a thousand rows a second, however often they change.
 */
const ROW_MS = 1;

export class Beats {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: AgentOptions;
  readonly #rows: () => number;
  readonly #send: () => void;
  #next: TimerHandle | undefined;
  #soon: TimerHandle | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(
    ports: { readonly clock: Clock; readonly random: Random },
    options: AgentOptions,
    rows: () => number,
    send: () => void,
  ) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#options = options;
    this.#rows = rows;
    this.#send = send;
  }

  /** Beats now, and again in a second or so. */
  beat(): void {
    if (this.#stopped) return;
    this.#cancel();
    this.#lastAt = this.#clock.monotonic();
    const share = 1 - JITTER + 2 * JITTER * this.#random.next();
    this.#next = this.#clock.after(this.#options.heartbeatMs * share, () => this.beat(), true);
    this.#send();
  }

  /** Something changed: beats after the present work when the last beat is old enough, else as soon as it is. */
  changed(): void {
    if (this.#stopped || this.#soon !== undefined) return;
    const { beatGapMs, heartbeatMs } = this.#options;
    const gapMs = Math.min(heartbeatMs, Math.max(beatGapMs, this.#rows() * ROW_MS));
    const waitMs = Math.max(0, this.#lastAt + gapMs - this.#clock.monotonic());
    this.#soon = this.#clock.after(waitMs, () => this.beat(), true);
  }

  /** Beats a last time. */
  end(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    this.#send();
  }

  #cancel(): void {
    this.#next?.cancel();
    this.#soon?.cancel();
    this.#soon = undefined;
  }
}

/** Pauses between attempts to connect again: growing ones with chance in them, for ever. */
import { RECONNECT_FIRST_DELAY_MS, RECONNECT_MAX_DELAY_MS } from './options.ts';

/**
 * How long a server is left alone after it was dialled, ms. The client asks in every turn of its loop, in those that only
 * wait too: so the answer is a share of the time since the connection was lost, and not one step more a question. (With
 * steps a question, the time that has to pass runs ahead of the time that passes, and the second dial comes after 1–2 s.)
 */
export class BackOff {
  private readonly monotonic: () => number;
  private readonly random: () => number;
  private lostAtMs: number | undefined;
  /** From a half to one, new each time: processes that lost one server do not come back in step. */
  private share = 1;

  /** `random`: uniform in [0, 1). */
  constructor(monotonic: () => number, random: () => number) {
    this.monotonic = monotonic;
    this.random = random;
  }

  /** The connection is there. */
  reset(): void {
    this.lostAtMs = undefined;
  }

  next(): number {
    if (this.lostAtMs === undefined) {
      this.lostAtMs = this.monotonic();
      this.share = 0.5 + this.random() / 2;
    }
    // Half of the whole: each pause is at most as long as all before it together.
    const halfMs = (this.monotonic() - this.lostAtMs) / 2;
    return Math.ceil(this.share * Math.min(RECONNECT_MAX_DELAY_MS, Math.max(RECONNECT_FIRST_DELAY_MS, halfMs)));
  }
}

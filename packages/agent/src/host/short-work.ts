/**
 * Work that is done before anybody has to hear that it began: its outcome is the answer to its order, in one message instead
 * of two. Whatever takes longer is accepted first.
 */
import type { AnyMessage } from '@tutti/contracts';
import type { Clock, TimerHandle } from '@tutti/kernel';

/** How long an order waits for its outcome before it is answered as accepted, ms: well below what a person or a bar of
 * progress would notice, well above what a function without I/O takes. */
const SHORT_MS = 1;

type Reply = (message: AnyMessage) => void;

interface Begun {
  readonly timer: TimerHandle;
  readonly reply: Reply | undefined;
  /** The input was found valid. */
  isPrepared: boolean;
}

export class ShortWork {
  readonly #clock: Clock;
  readonly #begun = new Map<string, Begun>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt begins. If it lasts, its order is answered with `acceptance`, and `prepared` is called once it is. */
  begin(key: string, reply: Reply | undefined, acceptance: AnyMessage, prepared: () => void): void {
    const timer = this.#clock.after(SHORT_MS, () => {
      const begun = this.#take(key);
      reply?.(acceptance);
      if (begun?.isPrepared === true) prepared();
    });
    this.#begun.set(key, { timer, reply, isPrepared: false });
  }

  /** Its input is valid. True when that is to be told at once: it has lasted already. */
  prepared(key: string): boolean {
    const begun = this.#begun.get(key);
    if (begun === undefined) return true;
    begun.isPrepared = true;
    return false;
  }

  /** It has ended. True when its outcome was taken as the answer to its order. */
  answer(key: string, outcome: AnyMessage): boolean {
    const begun = this.#take(key);
    if (begun?.reply === undefined) return false;
    begun.reply(outcome);
    return true;
  }

  #take(key: string): Begun | undefined {
    const begun = this.#begun.get(key);
    begun?.timer.cancel();
    this.#begun.delete(key);
    return begun;
  }
}

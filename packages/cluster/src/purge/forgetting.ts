/**
 * Lets go of what a node hosts of a run that is being purged, and keeps it from being loaded again until its journals are gone:
 * an actor that lived on would take them for lost and append its last records again (the kernel's `kept-tail.ts`).
 */
import { TuttiError } from '@tutti/contracts';
import type { ActorHost, Clock, Loading } from '@tutti/kernel';

/** How long a node keeps a run from being loaded when nobody tells it that the purge goes on, or is over, ms. */
export const HOLD_MS = 10_000;
/** How long a node may take to let go of a run, ms: its appends in flight have to land. */
export const FORGET_MS = 2_000;
/** Runs that a node keeps from being loaded at once; beyond it a purge is refused `overloaded`. */
export const MAX_HELD = 1_000;

export interface Forgetful {
  /** Hosts of the actors that are named by their run. */
  readonly hosts: readonly Pick<ActorHost, 'forget'>[];
  /** What else remembers a run. */
  readonly barriers: { forget(run: string): void };
}

type ForgettingClock = Pick<Clock, 'monotonic' | 'after'>;

export class Forgetting {
  readonly #clock: ForgettingClock;
  /** Until when each run is kept from being loaded. */
  readonly #held = new Map<string, number>();

  constructor(clock: ForgettingClock) {
    this.#clock = clock;
  }

  /** Resolves once nothing of the run is here, nor will be until `release`. Rejects `request_timeout` when that takes too long. */
  async forget(run: string, { hosts, barriers }: Forgetful): Promise<void> {
    this.#hold(run);
    await this.#inTime(run, forgetAll(hosts, run));
    barriers.forget(run);
  }

  /** The purge goes on. */
  renew(run: string): void {
    if (this.#held.has(run)) this.#hold(run);
  }

  release(run: string): void {
    this.#held.delete(run);
  }

  /** The same watch over loading, which refuses the runs that are being purged: whoever asks again is told how it ended. */
  watched(loading: Loading): Loading {
    return {
      ...loading,
      allow: (params) => {
        this.#assertFree(params['run'] ?? '');
        return loading.allow(params);
      },
    };
  }

  /** Whoever purges is answered, even where a broker that answers nothing keeps a run from coming to rest. */
  #inTime(run: string, forgotten: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        const what = `The run ${run} was still being written here after ${FORGET_MS} ms (FORGET_MS), so it is not purged`;
        reject(new TuttiError('request_timeout', `${what}; purge it again once the broker answers`));
      };
      const timer = this.#clock.after(FORGET_MS, late, true);
      void forgotten.finally(() => timer.cancel()).then(resolve, reject);
    });
  }

  #assertFree(run: string): void {
    const untilMs = this.#held.get(run);
    if (untilMs === undefined || untilMs <= this.#clock.monotonic()) return;
    throw new TuttiError('not_owner', `The run ${run} is being purged`);
  }

  #hold(run: string): void {
    const nowMs = this.#clock.monotonic();
    for (const [each, untilMs] of this.#held) if (untilMs <= nowMs) this.#held.delete(each);
    if (this.#held.size >= MAX_HELD && !this.#held.has(run)) {
      throw new TuttiError('overloaded', `${MAX_HELD} runs are being purged (MAX_HELD)`);
    }
    this.#held.set(run, nowMs + HOLD_MS);
  }
}

async function forgetAll(hosts: Forgetful['hosts'], run: string): Promise<void> {
  for (const host of hosts) await host.forget(run);
}

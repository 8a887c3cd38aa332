/**
 * Sends durable actors that only wait for messages out of memory: their log has all of them, and the next message brings
 * them back. A context is read long after its run has ended, and there is one for every run that ever was.
 */
import type { Actor } from './actor.ts';
import type { Clock } from './ports.ts';

/** Looks in one resting time: an actor leaves between one and one and a half of it after its last event. */
const LOOKS = 2;

export class Passivation {
  readonly #clock: Clock;
  readonly #actors: ReadonlyMap<string, Actor>;
  readonly #restMs: number;
  #isArmed = false;

  constructor(clock: Clock, actors: ReadonlyMap<string, Actor>, restMs: number) {
    this.#clock = clock;
    this.#actors = actors;
    this.#restMs = restMs;
  }

  /** There is an actor: it is looked at until none is left. */
  arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#clock.after(this.#restMs / LOOKS, () => this.#look(), true);
  }

  #look(): void {
    this.#isArmed = false;
    const limit = this.#clock.monotonic() - this.#restMs;
    for (const actor of [...this.#actors.values()]) {
      if (actor.resting && actor.usedAtMs <= limit) actor.stop('released');
    }
    if (this.#actors.size > 0) this.arm();
  }
}

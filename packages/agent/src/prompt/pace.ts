/** When a render lets the others have their turn, and when it has to end. */
import type { KernelPorts } from '@tutti/kernel';
import { type Budget, RenderLimit } from './budget.ts';
import type { Pace } from './drive.ts';

/** Steps between two turns where no time passes, as in a simulation; elsewhere more than take `SLICE_MS`, mostly. */
const SLICE_STEPS = 2_000;
/** Work between two turns of the others, ms: a heartbeat is late by no more than this and one step. */
const SLICE_MS = 10;
/** The clock is looked at after so many steps, or after one that cost much. */
const LOOK_STEPS = 16;
const LOOK_UNITS = 65_536;

export interface Limits {
  readonly maxSteps: number;
  readonly timeoutMs: number;
}

export class RenderPace implements Pace {
  readonly #clock: KernelPorts['clock'];
  readonly #budget: Budget;
  readonly #abort: { throwIfAborted(): void };
  readonly #limits: Limits;
  readonly #startedAt: number;
  #breathedAt: number;
  #lookedAtUnits = 0;

  constructor(clock: KernelPorts['clock'], budget: Budget, abort: { throwIfAborted(): void }, limits: Limits) {
    this.#clock = clock;
    this.#budget = budget;
    this.#abort = abort;
    this.#limits = limits;
    this.#startedAt = this.#breathedAt = clock.monotonic();
  }

  get spentMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  isDue(steps: number): boolean {
    if (steps % SLICE_STEPS === 0) return true;
    const { used } = this.#budget;
    if (steps % LOOK_STEPS !== 0 && used - this.#lookedAtUnits < LOOK_UNITS) return false;
    this.#lookedAtUnits = used;
    return this.#clock.monotonic() - this.#breathedAt >= SLICE_MS;
  }

  /** A timer and not `soon`, which comes before timers and messages. */
  async breathe(steps: number): Promise<void> {
    const { maxSteps } = this.#limits;
    if (steps >= maxSteps) throw new RenderLimit('it takes too many steps', maxSteps);
    await new Promise<void>((resolve) => void this.#clock.after(0, resolve));
    this.check();
    this.#breathedAt = this.#clock.monotonic();
  }

  check(): void {
    const { timeoutMs } = this.#limits;
    this.#abort.throwIfAborted();
    if (this.spentMs >= timeoutMs) throw new RenderLimit(`it took over ${timeoutMs} ms`, timeoutMs, true);
  }
}

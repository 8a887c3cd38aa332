/**
 * When a journal is cut: the rhythm of one actor's checkpoints.
 *
 * Every so many records the state is kept as it will be after the batch that is being appended. Once that is acknowledged,
 * state and records are stored beside the log; the next record says so. When that is acknowledged, what the checkpoint before
 * it covers goes from the log. One work at a time; nothing waits for any of it, and whatever fails is done again later.
 */
import { type Checkpoint, type FrozenActor, MAX_SEGMENTS } from './checkpoint.ts';
import type { Journal, Tail } from './journal.ts';
import type { KernelPorts } from './ports.ts';

/** Share of the rhythm after which what failed is done again; twice as long each time, up to the rhythm. */
const AGAIN = 0.1;

export interface CheckpointsOptions {
  readonly id: string;
  readonly ports: Pick<KernelPorts, 'log' | 'ids'>;
  readonly journal: Journal;
  /** Records between two checkpoints; 0: none. */
  readonly every: number;
  readonly forms: Pick<Checkpoint, 'form' | 'stateForm'>;
  /** The actor as it is now; undefined while it has no state. */
  freeze(): FrozenActor | undefined;
  /** A checkpoint is stored: some record has to say it. */
  stored(): void;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  /** The newest one that a record of the log says. */
  #last: Checkpoint | undefined;
  /** Stored, and said by no record that is acknowledged. */
  #stored: Checkpoint | undefined;
  #captured: FrozenActor | undefined;
  #work: Promise<void> | undefined;
  #isOver = false;
  #nextAt: number;
  #failures = 0;
  #gone = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#nextAt = options.every;
  }

  /** Records that are no longer in the log. */
  get gone(): number {
    return this.#gone;
  }
  /** Whether something is stored or dropped now, or a record is still to say what was stored. */
  get isBusy(): boolean {
    return this.#work !== undefined || this.#stored !== undefined;
  }
  /** Whether a record is to say what was stored. */
  get isUnsaid(): boolean {
    return this.#stored !== undefined;
  }

  /** Goes on with a log that was read. */
  resume(last: Checkpoint | undefined, gone: number): void {
    this.#last = last;
    this.#gone = gone;
    this.#nextAt = (last?.n ?? 0) + this.#options.every;
  }

  /** Called with each batch that is to follow record `n`, as soon as all of it is stepped; what its record is to say. */
  before(n: number): Checkpoint | undefined {
    const { every, freeze } = this.#options;
    const isDue = every > 0 && n + 1 >= this.#nextAt && (this.#last?.segments.length ?? 0) < MAX_SEGMENTS;
    if (isDue && !this.isBusy) this.#captured ??= freeze();
    return this.#stored;
  }

  /** Called when a whole batch is acknowledged. `said`: what its record said. */
  after(tail: Tail, said: Checkpoint | undefined): void {
    const state = this.#captured;
    this.#captured = undefined;
    if (said !== undefined) this.#begin(this.#cut(said));
    else if (state !== undefined) this.#begin(this.#store(state, tail));
  }

  /** Resolves once nothing is stored or dropped any more. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** The actor stops. What was stored for it goes, unless the record that says it may be on its way. */
  stop(isOnItsWay: boolean): void {
    this.#isOver = true;
    if (!isOnItsWay) this.#discard();
  }

  #begin(work: Promise<void>): void {
    this.#work = work.then(() => {
      this.#work = undefined;
    });
  }

  async #store(state: FrozenActor, tail: Tail): Promise<void> {
    const { journal, forms, every, ports, stored } = this.#options;
    try {
      const by = ports.ids.next();
      this.#stored = await journal.seal?.({ state, tail, forms, before: this.#last, by });
      this.#failures = 0;
    } catch (error) {
      const wait = Math.min(every, every * AGAIN * 2 ** this.#failures);
      this.#failures += 1;
      this.#nextAt = tail.n + Math.max(1, Math.ceil(wait));
      return this.#failed(error, 'a checkpoint could not be stored; this is tried again');
    }
    if (this.#isOver) this.#discard();
    else if (this.#stored !== undefined) stored();
  }

  async #cut(said: Checkpoint): Promise<void> {
    const before = this.#last;
    this.#last = said;
    this.#stored = undefined;
    this.#nextAt = said.n + this.#options.every;
    try {
      await this.#options.journal.cut?.({ said, before });
      this.#gone = before?.n ?? this.#gone;
    } catch (error) {
      this.#failed(error, 'a journal could not be cut; the next checkpoint does it');
    }
  }

  #discard(): void {
    const stored = this.#stored;
    if (stored === undefined) return;
    this.#stored = undefined;
    const failed = (error: unknown): void => this.#failed(error, 'what a checkpoint had stored could not be deleted');
    this.#options.journal.discard?.(stored, this.#last).catch(failed);
  }

  #failed(err: unknown, what: string): void {
    if (!this.#isOver) this.#options.ports.log.warn({ actor: this.#options.id, err }, what);
  }
}

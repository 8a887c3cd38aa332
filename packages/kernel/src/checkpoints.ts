/**
 * When a journal is cut: the rhythm of one actor's checkpoints.
 *
 * Every so many records the state is kept as it will be after the batch that is being appended. Once that is acknowledged,
 * state and records are stored beside the log; the next record says so, and when it is acknowledged what it covers goes from
 * the log. Nothing waits for any of it, and whatever fails is done again later.
 */
import type { Checkpoint, FrozenActor } from './checkpoint.ts';
import type { Journal, Tail } from './journal.ts';
import type { KernelPorts } from './ports.ts';

/** Share of the rhythm after which what failed is done again. */
const AGAIN = 0.1;

export interface CheckpointsOptions {
  readonly id: string;
  readonly ports: Pick<KernelPorts, 'log'>;
  readonly journal: Journal;
  /** Records between two checkpoints; 0: none. */
  readonly every: number;
  readonly forms: Pick<Checkpoint, 'form' | 'stateForm'>;
  /** The actor as it is now; undefined while it has no state. */
  freeze(): FrozenActor | undefined;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  /** The newest one that a record of the log says. */
  #last: Checkpoint | undefined;
  /** Stored, and said by no record yet. */
  #stored: Checkpoint | undefined;
  #captured: FrozenActor | undefined;
  #isStoring = false;
  #nextAt: number;
  #gone = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#nextAt = options.every;
  }

  /** Records that are no longer in the log. */
  get gone(): number {
    return this.#gone;
  }

  /** Goes on with a log that was read. */
  resume(last: Checkpoint | undefined, gone: number): void {
    this.#last = last;
    this.#gone = gone;
    this.#nextAt = (last?.n ?? 0) + this.#options.every;
  }

  /** Called with each batch that is to follow record `n`, as soon as all of it is stepped; what its record is to say. */
  before(n: number): Checkpoint | undefined {
    const { every, journal, freeze } = this.#options;
    const isDue = every > 0 && journal.seal !== undefined && n + 1 >= this.#nextAt;
    if (isDue && !this.#isStoring && this.#stored === undefined) this.#captured ??= freeze();
    return this.#stored;
  }

  /** Called when a whole batch is acknowledged. `said`: what its record said. */
  after(tail: Tail, said: Checkpoint | undefined): void {
    if (said !== undefined) this.#cut(said, tail);
    const state = this.#captured;
    this.#captured = undefined;
    if (state !== undefined) void this.#store(state, tail);
  }

  async #store(state: FrozenActor, tail: Tail): Promise<void> {
    const { journal, forms, every } = this.#options;
    this.#isStoring = true;
    this.#nextAt = tail.n + Math.max(1, Math.ceil(every * AGAIN));
    try {
      this.#stored = await journal.seal?.({ state, tail, forms, before: this.#last });
    } catch (error) {
      this.#failed(error, 'a checkpoint could not be stored; this is tried again');
    }
    this.#isStoring = false;
  }

  #cut(said: Checkpoint, tail: Tail): void {
    const before = this.#last;
    this.#last = said;
    this.#stored = undefined;
    this.#nextAt = said.n + this.#options.every;
    const gone = (): void => {
      this.#gone = said.n;
    };
    const failed = (error: unknown): void =>
      this.#failed(error, 'a journal could not be cut; the next checkpoint does it');
    this.#options.journal.cut?.({ said, tail, before }).then(gone, failed);
  }

  #failed(err: unknown, what: string): void {
    this.#options.ports.log.warn({ actor: this.#options.id, err }, what);
  }
}

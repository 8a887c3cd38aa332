/**
 * Which runs are to be here, and that they are: those of a shard that came, and each whose actor stopped here though its
 * shard did not leave. The last append of an owner before may land between our reading of a log and our first record, and
 * a record may find no place: nobody else will take such a run up, and nobody may ever ask for it.
 */
import { TuttiError } from '@tutti/contracts';
import type { Actor, ActorHost, ActorParams, KernelPorts, StopReason } from '@tutti/kernel';
import { Inherited } from './inherited.ts';
import type { Letters } from './letters/store.ts';
import { RECOVER_AGAIN_MS, RECOVER_TOGETHER, Recovery } from './recovery.ts';
import type { Role } from './roles.ts';
import { Turnstile } from './turnstile.ts';

/** Most that a run which stops again and again waits for the next try, ms. */
export const LONGEST_PAUSE_MS = 60_000;
/** Stops of an actor after which somebody has to take it up again, if its shard is still here. */
const ORPHANED: ReadonlySet<string> = new Set<StopReason>(['fenced', 'broken', 'known']);

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'ids' | 'log'>;
type Stopped = Pick<Actor, 'id' | 'params'>;

interface Pause {
  readonly ms: number;
  readonly sinceMs: number;
}

export class TakingUp {
  readonly #ports: Ports;
  /** Names this life of this process. */
  readonly #process: string;
  readonly #workflows: () => Pick<ActorHost, 'ensure'>;
  readonly #epochOf: (shard: number) => number | undefined;
  readonly #letters: Pick<Letters, 'run' | 'release'>;
  readonly #ended: (run: string, atMs: number) => void;
  /** Shards whose runs have been read, and how many of them go on. */
  readonly #read = new Map<number, number>();
  readonly #inherited: Inherited;
  readonly #recoveries = new Map<number, Recovery>();
  readonly #turnstile = new Turnstile(RECOVER_TOGETHER);
  /** Runs that stopped here and are not back. */
  readonly #orphans = new Map<number, Set<string>>();
  /** The last pause of each run that stopped of late. */
  readonly #pauses = new Map<string, Pause>();

  constructor(
    ports: Ports,
    workflows: () => Pick<ActorHost, 'ensure'>,
    epochOf: (shard: number) => number | undefined,
    letters: Pick<Letters, 'run' | 'release'>,
    /** Told of every ended run of a shard that came, and when it ended. */
    ended: (run: string, atMs: number) => void = () => undefined,
  ) {
    this.#ports = ports;
    this.#process = ports.ids.next();
    this.#workflows = workflows;
    this.#epochOf = epochOf;
    this.#letters = letters;
    this.#ended = ended;
    this.#inherited = new Inherited(ports.log);
  }

  /** Shards whose every run that goes on is here. */
  get taken(): readonly number[] {
    return [...this.#read.keys()].filter((shard) => !this.#orphans.has(shard));
  }

  /** `isClean`: whoever had the shard before gave it back. */
  gained(shard: number, isClean: boolean): void {
    const recovery = new Recovery(this.#ports, {
      shard,
      process: this.#process,
      isClean,
      workflows: this.#workflows(),
      turnstile: this.#turnstile,
      isOwned: this.#whileOwned(shard),
      done: (runs) => {
        this.#read.set(shard, runs);
        this.#inherited.settled(shard, runs);
      },
      setAside: (run, error) => this.#letters.run(run, error),
      release: (run) => this.#letters.release(run),
      ended: this.#ended,
    });
    this.#recoveries.set(shard, recovery);
    recovery.start();
  }

  /** Whether a run may be loaded, which after the death of an owner may have to wait its turn. */
  allows({ run = '', shard }: ActorParams): boolean {
    return this.#recoveries.get(Number(shard))?.allows(run) ?? true;
  }

  /** Tells of what came from an owner that died, once it is all here. */
  tookOver(from: string, shards: ReadonlyMap<Role, readonly number[]>): void {
    this.#inherited.from(from, shards, this.#read);
  }

  lost(shard: number): void {
    this.#inherited.settled(shard);
    this.#read.delete(shard);
    this.#orphans.delete(shard);
    this.#recoveries.delete(shard);
  }

  stopped({ id, params }: Stopped, reason: string): void {
    const shard = Number(params['shard']);
    if (!ORPHANED.has(reason) || this.#epochOf(shard) === undefined) return;
    const orphans = this.#orphans.get(shard) ?? new Set();
    this.#orphans.set(shard, orphans.add(id));
    this.#later(shard, { id, params }, this.#whileOwned(shard));
  }

  #whileOwned(shard: number): () => boolean {
    const epoch = this.#epochOf(shard);
    return () => epoch !== undefined && this.#epochOf(shard) === epoch;
  }

  #later(shard: number, run: Stopped, isOwned: () => boolean): void {
    const again = (): void => {
      if (isOwned()) void this.#again(shard, run, isOwned);
    };
    this.#ports.clock.after(this.#pauseOf(run.id), again, true);
  }

  async #again(shard: number, run: Stopped, isOwned: () => boolean): Promise<void> {
    try {
      await this.#turnstile.pass(() => this.#workflows().ensure(run.params));
    } catch (error) {
      const { retryable } = TuttiError.from(error);
      this.#ports.log.warn(
        { run: run.id, err: error, retryable },
        'a run that stopped here could not be taken up again',
      );
      if (!isOwned()) return;
      if (retryable) return this.#later(shard, run, isOwned);
    }
    if (isOwned()) this.#back(shard, run.id);
  }

  #back(shard: number, run: string): void {
    const orphans = this.#orphans.get(shard);
    orphans?.delete(run);
    if (orphans?.size === 0) this.#orphans.delete(shard);
  }

  /** Twice the last pause of a run that keeps stopping; a run that has been well for long begins anew. */
  #pauseOf(run: string): number {
    const nowMs = this.#ports.clock.monotonic();
    for (const [id, { sinceMs }] of this.#pauses) if (nowMs - sinceMs > 2 * LONGEST_PAUSE_MS) this.#pauses.delete(id);
    const before = this.#pauses.get(run);
    const ms = before === undefined ? RECOVER_AGAIN_MS : Math.min(LONGEST_PAUSE_MS, 2 * before.ms);
    this.#pauses.set(run, { ms, sinceMs: nowMs });
    return ms;
  }
}

/**
 * Takes up the runs of a shard that came to this node. An accepted run must go on even if nobody ever asks for it, so
 * what fails is tried again for as long as this node owns the shard. Runs that have ended are known by their last record:
 * only the newest are loaded, for whoever lists runs; the others when somebody asks for them.
 */
import { TuttiError } from '@tutti/contracts';
import { type ActorHost, inParallel, type KernelPorts, parseRecord } from '@tutti/kernel';
import { deadly, deathsIn, type Guilty, pauseAfter, type Round, SETTLE_MS, Suspects } from './suspects.ts';
import type { Turnstile } from './turnstile.ts';

/** Pause before what failed is tried again, ms. */
export const RECOVER_AGAIN_MS = 1_000;
/** Runs of one shard read at a time: reading waits for the broker. */
export const RECOVER_AT_ONCE = 8;
/**
 * Runs of all shards read at a time, for all may come at once. What is asked beside them waits behind them, the renewal of the node's
 * lease too: with 8 of each shard a slow machine lost its lease over the taking up, and began anew with the same.
 */
export const RECOVER_TOGETHER = 24;
/** Ended runs of a shard that are loaded: 64 shards fill the 256 places that a host has for them. */
export const ENDED_LOADED = 4;

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'ids' | 'log'>;

export interface RecoveryOptions {
  readonly shard: number;
  /** Names this life of this process. */
  readonly process: string;
  readonly workflows: Pick<ActorHost, 'ensure'>;
  /** What all shards of this process pass to read a run. */
  readonly turnstile: Turnstile;
  /** Whether the owner before gave the shard back. One that died may have died over a run. */
  readonly isClean: boolean;
  isOwned(): boolean;
  /** Called once, when every run of the shard that goes on is here and the shard still is; how many these are. */
  done(runs: number): void;
  /** Keeps aside a run that must not be taken up, and lets it be taken up again. */
  setAside(run: string, error: TuttiError): void;
  release(run: string): Promise<void>;
  /** Told of every run that has ended, and when, ms since 1970. */
  ended?(run: string, atMs: number): void;
}

interface Found {
  readonly living: string[];
  readonly ended: { readonly run: string; readonly time: number }[];
}

/** The taking up of one shard. */
export class Recovery {
  readonly #ports: Ports;
  readonly #options: RecoveryOptions;
  readonly #suspects: Suspects;
  /** Lie aside, and are tried again by time. */
  readonly #aside = new Set<string>();
  /** Runs that nobody may load yet; undefined: none at all may be. */
  #held: Set<string> | undefined;
  #failed: TuttiError | undefined;

  constructor(ports: Ports, options: RecoveryOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#suspects = new Suspects(ports, options.shard, options.process);
    this.#held = options.isClean ? new Set() : undefined;
  }

  /** Whether a run may be loaded. One that may break this process waits until the mark says that it is tried. */
  allows(run: string): boolean {
    return this.#held !== undefined && !this.#held.has(run);
  }

  start(): void {
    const { log, clock } = this.#ports;
    const { shard, isOwned, done } = this.#options;
    if (!isOwned()) return;
    this.#recoverAll().then(
      (runs) => (isOwned() ? done(runs) : undefined),
      (error: unknown) => {
        log.warn({ shard, err: error }, 'runs of a shard could not be taken up; this is tried again');
        clock.after(RECOVER_AGAIN_MS, () => this.start(), true);
      },
    );
  }

  /** Runs that go on. Rejects with the first error that another try may cure; what no try can cure keeps no other run back. */
  async #recoverAll(): Promise<number> {
    this.#failed = undefined;
    const { living, ended } = await this.#look();
    for (const { run, time } of ended) this.#options.ended?.(run, time);
    if (this.#options.isClean) await this.#load(living);
    else await this.#suspects.exclusively(() => this.#loadSuspiciously(living));
    const newest = ended.sort((a, b) => b.time - a.time).map(({ run }) => run);
    await this.#load(newest.slice(0, ENDED_LOADED));
    const failed = this.#failed as TuttiError | undefined;
    if (failed !== undefined) throw failed;
    return living.length;
  }

  async #look(): Promise<Found> {
    const { logs } = this.#ports.bus;
    const found: Found = { living: [], ended: [] };
    await this.#inTurn(await logs.keys(`wf.${this.#options.shard}.*`), async (key) => {
      if (!this.#options.isOwned()) return;
      const run = key.split('.')[2] ?? '';
      const time = await endOf(this.#ports.bus, key);
      if (time === undefined) found.living.push(run);
      else found.ended.push({ run, time });
    });
    return found;
  }

  async #load(runs: Round): Promise<void> {
    await this.#inTurn(runs, (run) => this.#loadOne(run));
  }

  #inTurn(items: readonly string[], work: (item: string) => Promise<void>): Promise<void> {
    return inParallel(RECOVER_AT_ONCE, items, (item) => this.#options.turnstile.pass(() => work(item)));
  }

  async #loadOne(run: string): Promise<void> {
    const { shard, workflows, isOwned } = this.#options;
    if (!isOwned()) return;
    try {
      await workflows.ensure({ run, shard: String(shard) });
    } catch (error) {
      const known = TuttiError.from(error);
      const deaths = deathsIn(known);
      if (deaths !== undefined) this.#tryLater({ run, deaths });
      if (known.retryable) this.#failed ??= known;
      else this.#ports.log.error({ shard, run, err: error }, 'a run was not taken up; the others of its shard go on');
    }
  }

  /** An owner died: whoever dies next is to leave behind over which runs. */
  async #loadSuspiciously(living: Round): Promise<void> {
    const { isOwned, setAside } = this.#options;
    const { rounds, guilty } = await this.#suspects.sort(living);
    for (const each of guilty) {
      setAside(each.run, deadly(each));
      this.#tryLater(each);
    }
    this.#held = new Set(rounds.flat());
    for (const [i, round] of rounds.entries()) {
      if (!isOwned()) return;
      await this.#suspects.mark(round);
      for (const run of round) this.#held.delete(run);
      await this.#load(round);
      if (i === rounds.length - 1) return this.#clearLater(round);
      await this.#pause(SETTLE_MS);
      await this.#suspects.cleared(round);
    }
  }

  /** A run that broke its owners is tried again by whoever owns it then. A death says that it was the run. */
  #tryLater(guilty: Guilty): void {
    const { shard, isOwned } = this.#options;
    if (this.#aside.has(guilty.run)) return;
    this.#aside.add(guilty.run);
    const failed = (err: unknown): void => {
      this.#ports.log.warn({ shard, run: guilty.run, err }, 'a run that lay aside was not taken up');
      if (TuttiError.from(err).retryable) this.#tryLater(guilty);
    };
    const attempt = (): void => {
      this.#aside.delete(guilty.run);
      if (isOwned()) this.#suspects.exclusively(() => this.#try(guilty)).catch(failed);
    };
    this.#ports.clock.after(pauseAfter(guilty), attempt, true);
  }

  async #try(guilty: Guilty): Promise<void> {
    const { shard, workflows, release } = this.#options;
    this.#suspects.blame(guilty);
    await this.#suspects.mark([guilty.run]);
    await release(guilty.run);
    await workflows.ensure({ run: guilty.run, shard: String(shard) });
    await this.#pause(SETTLE_MS);
    await this.#suspects.cleared([guilty.run]);
  }

  /** What has been here for a while breaks nobody. */
  #clearLater(round: Round): void {
    const { shard, isOwned } = this.#options;
    const failed = (err: unknown): void =>
      this.#ports.log.warn({ shard, err }, 'the mark of a shard could not be dropped');
    const clear = (): void => {
      if (isOwned()) this.#suspects.exclusively(() => this.#suspects.cleared(round)).catch(failed);
    };
    this.#ports.clock.after(SETTLE_MS, clear, true);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve, true));
  }
}

/** When the run ended, ms since 1970; undefined while it goes on, or when its last record cannot be read. */
async function endOf(bus: Ports['bus'], key: string): Promise<number | undefined> {
  const last = await bus.logs.last(key);
  if (last === undefined) return undefined;
  try {
    const { end, time } = parseRecord(key, last.data);
    return end ? time : undefined;
  } catch {
    // Whoever loads the run says what is wrong with its journal.
    return undefined;
  }
}

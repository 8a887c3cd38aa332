/**
 * Purges the oldest ended runs beyond what is to be kept, so that a cluster does not grow for ever. Each supervisor node does so
 * for the runs of its shards: it learns of them when it takes a shard up and as they end. It keeps its share of the number, by the
 * shards it owns, so that the cluster keeps that number and at most one run a node more; the other bound is their age.
 *
 * Some are purged at a time. Where runs end faster than the broker forgets them, the backlog grows in the journals, and in memory
 * by a name and a time each.
 */
import { SHARD_COUNT, shardOf, TuttiError } from '@tutti/contracts';
import type { Clock } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';

/** Ended runs that an embedded cluster can still tell about. */
export const KEEP_ENDED = 1_000;
/** Runs that a node purges at once. */
export const PURGED_AT_ONCE = 4;
/** Between two looks at what has grown too old, and at what could not be purged, ms. */
export const SWEEP_MS = 10_000;

/** What is kept of ended runs; absent: all. */
export interface Keep {
  /** So many runs in the whole cluster, the newest. */
  readonly runs?: number;
  /** What ended within so many ms. */
  readonly forMs?: number;
}

export interface RetentionPorts {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after'>;
  readonly log: Pick<Logger, 'warn'>;
  purge(run: string): Promise<unknown>;
  /** Shards whose runs this node owns. */
  shards(): number;
}

export class Retention {
  readonly #ports: RetentionPorts;
  readonly #keep: Keep;
  /** When each ended run of this node ended, ms since 1970; the oldest first unless `#isMixed`. */
  #ended = new Map<string, number>();
  #newestMs = Number.NEGATIVE_INFINITY;
  #isMixed = false;
  /** What could not be purged, until the next look. */
  readonly #failed = new Map<string, number>();
  #isAtWork = false;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #timer: { cancel(): void } | undefined;

  constructor(ports: RetentionPorts, keep: Keep) {
    this.#ports = ports;
    this.#keep = keep;
    if (keep.runs !== undefined || keep.forMs !== undefined) this.#sweepLater();
  }

  /** A run of this node has ended, at `atMs`. */
  ended(run: string, atMs: number): void {
    if (this.#timer === undefined || this.#ended.has(run) || this.#failed.has(run)) return;
    this.#add(run, atMs);
    void this.#work();
  }

  /** A run that had ended goes on, or is gone. */
  goesOn(run: string): void {
    this.#ended.delete(run);
    this.#failed.delete(run);
  }

  /** Shards move: until they have come to rest no run is one too many, for a share of the runs may not be a share of the shards. */
  moved(): void {
    this.#movedAtMs = this.#ports.clock.monotonic();
  }

  /** The shard has left: its runs are for another node to keep. */
  lost(shard: number): void {
    this.moved();
    for (const run of [...this.#ended.keys(), ...this.#failed.keys()]) if (shardOf(run) === shard) this.goesOn(run);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #add(run: string, atMs: number): void {
    this.#isMixed ||= atMs < this.#newestMs;
    this.#newestMs = Math.max(this.#newestMs, atMs);
    this.#ended.set(run, atMs);
  }

  #sweepLater(): void {
    this.#timer = this.#ports.clock.after(SWEEP_MS, () => this.#sweep(), true);
  }

  #sweep(): void {
    for (const [run, atMs] of this.#failed) this.#add(run, atMs);
    this.#failed.clear();
    this.#sweepLater();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    for (let next = this.#beyond(); next.length > 0 && this.#timer !== undefined; next = this.#beyond()) {
      await Promise.all(next.map(([run, atMs]) => this.#purge(run, atMs)));
    }
    this.#isAtWork = false;
  }

  /** The oldest runs that are not to be kept: some of them. */
  #beyond(): (readonly [string, number])[] {
    const { forMs } = this.#keep;
    this.#sort();
    const most = this.#most();
    const sinceMs = forMs === undefined ? Number.NEGATIVE_INFINITY : this.#ports.clock.now() - forMs;
    const beyond: (readonly [string, number])[] = [];
    for (const each of this.#ended) {
      const isTooMany = this.#ended.size - beyond.length > most;
      if (beyond.length === PURGED_AT_ONCE || !(isTooMany || each[1] < sinceMs)) break;
      beyond.push(each);
    }
    return beyond;
  }

  /** How many runs this node keeps. */
  #most(): number {
    const { runs } = this.#keep;
    const isAtRest = this.#ports.clock.monotonic() - this.#movedAtMs >= SWEEP_MS;
    if (runs === undefined || !isAtRest) return Number.POSITIVE_INFINITY;
    return Math.ceil((runs * this.#ports.shards()) / SHARD_COUNT);
  }

  /** Runs of a shard that came are older than what ended here since. */
  #sort(): void {
    if (!this.#isMixed) return;
    this.#ended = new Map([...this.#ended].sort((a, b) => a[1] - b[1]));
    this.#isMixed = false;
  }

  async #purge(run: string, atMs: number): Promise<void> {
    try {
      await this.#ports.purge(run);
    } catch (err) {
      const { code } = TuttiError.from(err);
      // It goes on, or another node keeps it now.
      if (code !== 'run_active' && code !== 'not_owner' && this.#ended.has(run)) this.#failed.set(run, atMs);
      this.#ports.log.warn({ run, code, err }, 'a run that ended long ago could not be purged');
    }
    this.#ended.delete(run);
  }
}

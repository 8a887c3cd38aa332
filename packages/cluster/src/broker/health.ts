/**
 * What a node's own writes tell of the broker: away, refusing, full, slow, or well. A fold of beginnings, ends and breaks of
 * the connection; times are ms on one monotonic clock. It asks the broker nothing.
 */
import type { StoreKind } from '@tutti/bus';
import { BROKER_CONDITIONS, type BrokerCondition, type ErrorCode } from '@tutti/contracts';

/** A write that takes longer is slow. Source: a synced append takes 1 ms on a good disk, and 250 ms make a run stutter. */
export const SLOW_MS = 250;
/** Writes that count are those that ended within this time, at most so many of them, and at least so many. */
export const SLOW_WINDOW_MS = 5_000;
export const MAX_SAMPLES = 64;
export const MIN_SAMPLES = 3;
/** How long half of the writes must have been slow before anybody is told. */
export const SLOW_FOR_MS = 2_000;
/** How long a broker may leave writes without an answer before it counts as away: most of a node's lease. */
export const AWAY_AFTER_MS = 2_000;
/** A broker that refused, or was full, is well once a write got through and none failed for so long. */
export const WELL_AFTER_MS = 5_000;
/** A trouble that no write has met again for so long, for none was tried, is forgotten. */
export const FORGET_AFTER_MS = 60_000;

export interface Diagnosis {
  readonly condition: BrokerCondition;
  readonly sinceMs: number;
  readonly detail: string;
}

/** One write under way. */
export interface Write {
  readonly store: StoreKind;
  readonly beganMs: number;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

interface Trouble {
  readonly condition: BrokerCondition;
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly detail: string;
  /** A write to the same store got through since. */
  readonly isPast: boolean;
}

/** What a write that ended so says of the broker; absent: it has answered, whatever the answer was. */
const MEANINGS: Readonly<Partial<Record<ErrorCode, BrokerCondition>>> = {
  broker_full: 'full',
  broker_refused: 'refused',
  broker_unavailable: 'away',
  request_timeout: 'away',
};

const STORE_NAMES: Readonly<Record<StoreKind, string>> = { log: 'journals', key_value: 'leases and marks' };

const worseFirst = (a: Diagnosis, b: Diagnosis): number =>
  BROKER_CONDITIONS.indexOf(a.condition) - BROKER_CONDITIONS.indexOf(b.condition);

export class BrokerHealth {
  readonly #pending = new Set<Write>();
  readonly #troubles = new Map<StoreKind, Trouble>();
  #samples: { readonly endedMs: number; readonly tookMs: number }[] = [];
  #disconnected: { readonly sinceMs: number; readonly reason: string } | undefined;
  #slowSinceMs: number | undefined;
  #answeredMs = Number.NEGATIVE_INFINITY;
  /** When it answered again after it was away: how long the writes from before took says nothing of how it is now. */
  #backMs = 0;

  began(store: StoreKind, nowMs: number): Write {
    const write = { store, beganMs: nowMs };
    this.#pending.add(write);
    return write;
  }

  ended(write: Write, nowMs: number, failure?: Failure): void {
    this.#pending.delete(write);
    const condition = failure === undefined ? undefined : MEANINGS[failure.code];
    if (failure !== undefined && condition !== undefined) return this.#failed(write, condition, nowMs, failure.message);
    this.#answered(write, nowMs);
  }

  disconnected(nowMs: number, reason: string): void {
    this.#disconnected ??= { sinceMs: nowMs, reason };
  }

  connected(nowMs: number): void {
    if (this.#disconnected === undefined) return;
    this.#disconnected = undefined;
    this.#isBack(nowMs);
  }

  /** The worst that is met now; undefined when all is well. */
  look(nowMs: number): Diagnosis | undefined {
    this.#forgetOld(nowMs);
    const found = [this.#gone(), ...this.#met(nowMs), this.#unanswered(nowMs), this.#slowness(nowMs)];
    return found.filter((diagnosis) => diagnosis !== undefined).sort(worseFirst)[0];
  }

  #failed({ store, beganMs }: Write, condition: BrokerCondition, nowMs: number, detail: string): void {
    const before = this.#troubles.get(store);
    const isSame = before !== undefined && before.condition === condition && !before.isPast;
    const sinceMs = isSame ? before.sinceMs : beganMs;
    this.#troubles.set(store, { condition, sinceMs, lastMs: nowMs, detail, isPast: false });
  }

  #answered({ store, beganMs }: Write, nowMs: number): void {
    this.#answeredMs = nowMs;
    const trouble = this.#troubles.get(store);
    // What began before the failure may have been answered before it.
    if (trouble !== undefined && beganMs >= trouble.sinceMs) this.#troubles.set(store, { ...trouble, isPast: true });
    const isLong = nowMs - beganMs >= AWAY_AFTER_MS;
    if (isLong && [...this.#pending].every((write) => write.beganMs >= beganMs)) this.#isBack(nowMs);
    if (beganMs < this.#backMs) return;
    this.#samples.push({ endedMs: nowMs, tookMs: nowMs - beganMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  #isBack(nowMs: number): void {
    this.#backMs = nowMs;
    this.#samples = [];
    this.#slowSinceMs = undefined;
  }

  #forgetOld(nowMs: number): void {
    for (const [store, { condition, lastMs, isPast }] of this.#troubles) {
      const keptMs = !isPast ? FORGET_AFTER_MS : condition === 'away' ? 0 : WELL_AFTER_MS;
      if (nowMs - lastMs >= keptMs) this.#troubles.delete(store);
    }
    this.#samples = this.#samples.filter(({ endedMs }) => nowMs - endedMs < SLOW_WINDOW_MS);
  }

  #gone(): Diagnosis | undefined {
    if (this.#disconnected === undefined) return undefined;
    const { sinceMs, reason } = this.#disconnected;
    return { condition: 'away', sinceMs, detail: `the connection is lost: ${reason}` };
  }

  /** A write that failed as if nobody were there counts once that lasts: one lost answer is no matter. */
  #met(nowMs: number): readonly Diagnosis[] {
    return [...this.#troubles].flatMap(([store, { condition, sinceMs, detail }]) =>
      condition === 'away' && nowMs - sinceMs < AWAY_AFTER_MS
        ? []
        : [{ condition, sinceMs, detail: `${STORE_NAMES[store]}: ${detail}` }],
    );
  }

  #unanswered(nowMs: number): Diagnosis | undefined {
    const sinceMs = Math.min(...[...this.#pending].map(({ beganMs }) => beganMs));
    if (this.#answeredMs > sinceMs || nowMs - sinceMs < AWAY_AFTER_MS || this.#pending.size === 0) return undefined;
    const count = this.#pending.size;
    return {
      condition: 'away',
      sinceMs,
      detail: `${count} writes wait, the oldest for ${Math.round(nowMs - sinceMs)} ms`,
    };
  }

  #slowness(nowMs: number): Diagnosis | undefined {
    const waiting = [...this.#pending].map(({ beganMs }) => nowMs - beganMs).filter((ageMs) => ageMs > SLOW_MS);
    const took = [...this.#samples.map(({ tookMs }) => tookMs), ...waiting].sort((a, b) => a - b);
    const median = took[Math.floor(took.length / 2)] ?? 0;
    if (took.length < MIN_SAMPLES || median <= SLOW_MS) {
      this.#slowSinceMs = undefined;
      return undefined;
    }
    this.#slowSinceMs ??= nowMs;
    if (nowMs - this.#slowSinceMs < SLOW_FOR_MS) return undefined;
    const detail = `half of the last ${took.length} writes took over ${Math.round(median)} ms`;
    return { condition: 'slow', sinceMs: this.#slowSinceMs, detail };
  }
}

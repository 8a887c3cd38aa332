/**
 * How well an agent process answers, and which of several takes the next attempt (specification: `agent_assignment`:
 * `least_loaded_instance`, `response_time_based`). Pure; times are ms on the caller's clock.
 *
 * Instances of one process share its thread, so its answers tell about all of them. A process that answers late, or whose beats
 * are late, ranks behind; it is not shut out: where no other has a free instance, it gets the work.
 */
import type { Body } from '@tutti/contracts';

/** How long a process takes from an order to its answer, smoothed. */
export interface Answering {
  readonly ms: number;
  /** When it answered last. */
  readonly atMs: number;
}
/** Nothing is known of it: it counts as quick. */
export const UNASKED: Answering = { ms: 0, atMs: 0 };

/** An answer takes a round trip and up to a millisecond; a quarter of a second says that the process is held up. */
export const SLOW_ANSWER_MS = 250;
/** Share of the newest answer: one late answer of a second or more makes a process slow, shorter ones only if they repeat. */
const NEWEST = 1 / 4;
/** A process that ranks behind is asked seldom: what is known of it counts half after each of these, ms. */
export const HALVED_MS = 10_000;
/** A beat comes each second, at most a fifth later, and some time on its way. */
export const LATE_BEAT_MS = 1_500;

const faded = ({ ms, atMs }: Answering, nowMs: number): number =>
  ms / 2 ** Math.max(0, Math.floor((nowMs - atMs) / HALVED_MS));

/** What is known after one more answer, or after as long without one. */
export const answered = (before: Answering, tookMs: number, nowMs: number): Answering => ({
  ms: faded(before, nowMs) * (1 - NEWEST) + Math.max(0, tookMs) * NEWEST,
  atMs: nowMs,
});

export interface Vitals {
  readonly answering: Answering;
  /** When its last beat came. */
  readonly seenMs: number;
}

export const isSlow = ({ answering, seenMs }: Vitals, nowMs: number): boolean =>
  nowMs - seenMs > LATE_BEAT_MS || faded(answering, nowMs) > SLOW_ANSWER_MS;

type Load = Body<'agent.beat'>['load'];

/** How busy its machine keeps a process, from 0 to 4, in quarters: finer differences are noise and are left to chance. */
export const strainOf = (load: Load): number =>
  load === undefined ? 0 : Math.min(4, Math.floor(4 * Math.max(load.cpu, load.memory)));

/** What a process is chosen by. */
export interface Standing {
  readonly isSlow: boolean;
  /** Share of its instances that work, from 0 to 1. */
  readonly busy: number;
  readonly strain: number;
}

/** Below 0: `a` is the better choice; 0: chance decides. Healthy ones first, then the least loaded, then the least strained. */
export const compareStandings = (a: Standing, b: Standing): number =>
  Number(a.isSlow) - Number(b.isSlow) || a.busy - b.busy || a.strain - b.strain;

/** When a barrier decides, and what: pure functions of the arrivals and the time. */
import { type Arrival, type BarrierDecision, type BarrierRules, decisionOf, neededOf } from '@tutti/contracts';

export interface BarrierState {
  readonly run: string;
  readonly group: string;
  readonly round: number;
  readonly replyTo: string;
  readonly members: readonly string[];
  readonly rules: BarrierRules;
  readonly openedAtMs: number;
  readonly extensions: number;
  readonly arrivals: Readonly<Record<string, Arrival>>;
  /** When each member last made progress, and how far it was. */
  readonly progress: Readonly<Record<string, { readonly fraction: number; readonly atMs: number }>>;
  readonly verdict?: Verdict | undefined;
  /** How often the decision was told. */
  readonly told: number;
}

export interface Verdict {
  readonly decision: BarrierDecision;
  readonly missing: readonly string[];
  readonly reason: string;
}

/** Progress younger than this share of the time-out is a reason to wait longer. */
const RECENT_SHARE = 0.25;

/** The absolute time at which the barrier decides with what it has, ms since 1970. */
export const deadlineOf = ({ openedAtMs, extensions, rules }: BarrierState): number =>
  openedAtMs + rules.timeoutMs + extensions * rules.extensionMs;

const arrived = (state: BarrierState): readonly Arrival[] => state.members.flatMap((m) => state.arrivals[m] ?? []);
const succeeded = (state: BarrierState): number => arrived(state).filter((a) => a.status === 'succeeded').length;

export const missing = (state: BarrierState): readonly string[] =>
  state.members.filter((m) => state.arrivals[m]?.status !== 'succeeded');

const needed = ({ rules, members }: BarrierState): number => neededOf(rules, members.length);

/** What a group that is not complete comes to: with enough results it may go on in part, unless its rules forbid it. */
function incomplete(state: BarrierState, why: string): Verdict {
  const got = succeeded(state);
  return {
    decision: decisionOf(state.rules, state.members.length, got),
    missing: missing(state),
    reason: `${why}: ${got} of ${state.members.length} succeeded, ${needed(state)} needed`,
  };
}

/** The decision that the arrivals alone allow; undefined while it depends on members that may still come. */
export function decideByArrivals(state: BarrierState): Verdict | undefined {
  const here = arrived(state);
  const failures = here.length - succeeded(state);
  if (succeeded(state) === state.members.length)
    return { decision: 'complete', missing: [], reason: 'every member succeeded' };
  if (here.length === state.members.length) return incomplete(state, 'every member has ended');
  const hopeless = decisionOf(state.rules, state.members.length, state.members.length - failures) === 'aborted';
  return hopeless ? incomplete(state, 'the criteria can no longer be met') : undefined;
}

/** At the deadline: more time for members that make progress, or a decision with what is there. */
export function decideAtDeadline(state: BarrierState, at: number): Verdict | 'extend' {
  const since = at - state.rules.timeoutMs * RECENT_SHARE;
  const moving = missing(state).some((m) => state.arrivals[m] === undefined && (state.progress[m]?.atMs ?? 0) >= since);
  if (moving && state.extensions < state.rules.maxExtensions && state.rules.extensionMs > 0) return 'extend';
  return incomplete(state, 'the time is over');
}

/** Takes an arrival. The first of a member counts; a repeated one changes nothing. */
export function arrive(state: BarrierState, arrival: Arrival): BarrierState {
  if (!state.members.includes(arrival.member) || state.arrivals[arrival.member] !== undefined) return state;
  return { ...state, arrivals: { ...state.arrivals, [arrival.member]: arrival } };
}

/** Takes progress: only more than before counts. */
export function progressed(state: BarrierState, member: string, fraction: number, atMs: number): BarrierState {
  const before = state.progress[member]?.fraction ?? -1;
  if (!state.members.includes(member) || fraction <= before) return state;
  return { ...state, progress: { ...state.progress, [member]: { fraction, atMs } } };
}

/**
 * Watches a pool: what its metrics are in a sample, and when one is to be told. Pure; the machine says when to look.
 *
 * A pool that is full and in which nobody waits is used well: use is over only while a request waits for just that. An attempt
 * that its plan gives eight minutes is not slow after three: it counts once it has run longer than its plan says. What is over
 * for one sample, or well for one, is not told: two in a row have to say the same.
 */
import {
  MAX_ALERT_NAMES,
  METRIC_UNITS,
  type MonitoringSpec,
  type PoolLimits,
  type PoolMetric,
  type ResourceAlert,
} from '@tutti/contracts';
import { NOTHING_USED, shortage, type Used } from './pool.ts';
import type { Lease, PoolState } from './state.ts';

/** Samples in a row that must agree before something is told. */
export const IN_A_ROW = 2;

/** One metric in one sample. */
export interface Reading {
  readonly metric: PoolMetric;
  readonly value: number;
  readonly isOver: boolean;
  readonly names: readonly string[];
}

/** What is known of a metric that is over, or was so in the last sample. */
export interface Standing {
  /** Samples in a row that contradict what was told, and the time of the first one, ms. */
  readonly turned: number;
  readonly turnedMs: number;
  /** What was told and still holds. */
  readonly alert?: ResourceAlert;
}
export type Standings = Readonly<Partial<Record<PoolMetric, Standing>>>;

/** What a sample has to tell. */
export type Told =
  | { readonly type: 'alert'; readonly alert: ResourceAlert }
  | { readonly type: 'well'; readonly alert: ResourceAlert; readonly lastedMs: number };

type Watched = Pick<PoolState, 'used' | 'leases' | 'waiting'>;

const nameOf = ({ holder, request }: Lease): string => `${holder}/${request.step}`;
const percent = (used: number, limit: number): number => (limit > 0 ? Math.round((1_000 * used) / limit) / 10 : 0);

/** All watched metrics of a pool now. `at`: ms, on the clock of the leases. */
export function read(pool: Watched, at: number, limits: PoolLimits, spec: MonitoringSpec): readonly Reading[] {
  return spec.metrics.map((metric) => READ[metric](pool, at, limits, spec.thresholds[metric]));
}

type Read = (pool: Watched, at: number, limits: PoolLimits, threshold: number) => Reading;

const READ: Readonly<Record<PoolMetric, Read>> = {
  cpu_usage: (pool, _, limits, threshold) => use('cpu_usage', 'cpu', pool, limits, threshold),
  memory_usage: (pool, _, limits, threshold) => use('memory_usage', 'memory', pool, limits, threshold),
  response_time: longest,
  queue_depth: ({ waiting }, _, __, threshold) => ({
    ...{ metric: 'queue_depth', value: waiting.size, isOver: waiting.size >= threshold },
    names: firstOf(waiting.values(), () => true),
  }),
};

/** Use in percent of what may be handed out. */
function use(
  metric: PoolMetric,
  what: 'cpu' | 'memory',
  { used, waiting }: Watched,
  limits: PoolLimits,
  threshold: number,
): Reading {
  const value = percent(used[what], limits[what]);
  const isHigh = value >= threshold;
  const names = isHigh ? firstOf(waiting.values(), ({ request }) => isShort(what, used, request.needs, limits)) : [];
  return { metric, value, isOver: names.length > 0, names };
}

/** Whether a request finds too little of just that: one that waits for a slot of an agent does not. */
const isShort = (what: 'cpu' | 'memory', used: Used, needs: Lease['request']['needs'], limits: PoolLimits): boolean =>
  shortage({ ...NOTHING_USED, [what]: used[what] }, needs, limits) !== undefined && used.agents < limits.agents;

/** The longest time, ms, that an attempt has its lease and is beyond what its plan gives it; 0 when none is. */
function longest({ leases }: Watched, at: number, _: PoolLimits, threshold: number): Reading {
  const late = [...leases.values()]
    .map((lease) => ({ lease, heldMs: Math.max(0, at - lease.sinceMs) }))
    .filter(({ lease, heldMs }) => heldMs > (lease.request.expectedMs ?? 0))
    .sort((a, b) => b.heldMs - a.heldMs || (a.lease.request.lease < b.lease.request.lease ? -1 : 1));
  const value = late[0]?.heldMs ?? 0;
  const over = late.filter(({ heldMs }) => heldMs >= threshold).slice(0, MAX_ALERT_NAMES);
  return { metric: 'response_time', value, isOver: over.length > 0, names: over.map(({ lease }) => nameOf(lease)) };
}

function firstOf(leases: Iterable<Lease>, is: (lease: Lease) => boolean): readonly string[] {
  const names: string[] = [];
  for (const lease of leases) {
    if (!is(lease)) continue;
    names.push(nameOf(lease));
    if (names.length === MAX_ALERT_NAMES) break;
  }
  return names;
}

/** What the readings of one sample make of what was known, and what of it is to be told. */
export function watch(
  before: Standings,
  readings: readonly Reading[],
  at: number,
  { thresholds }: MonitoringSpec,
): { readonly standings: Standings; readonly told: readonly Told[] } {
  const standings: Partial<Record<PoolMetric, Standing>> = {};
  const told: Told[] = [];
  for (const reading of readings) {
    const { metric } = reading;
    const next = judge(before[metric], reading, at, thresholds[metric]);
    if (next.standing !== undefined) standings[metric] = next.standing;
    if (next.told !== undefined) told.push(next.told);
  }
  return { standings, told };
}

interface Judged {
  readonly standing?: Standing | undefined;
  readonly told?: Told;
}

function judge(before: Standing | undefined, reading: Reading, at: number, threshold: number): Judged {
  const { metric, value, isOver, names } = reading;
  const known = before?.alert;
  if (known === undefined && !isOver) return {};
  const seen: ResourceAlert = {
    ...{ metric, value, threshold, unit: METRIC_UNITS[metric], names: [...names] },
    sinceMs: known?.sinceMs ?? (before === undefined ? at : before.turnedMs),
  };
  const isTurned = isOver === (known === undefined);
  if (!isTurned) return { standing: { turned: 0, turnedMs: at, alert: seen } };
  const turned = (before?.turned ?? 0) + 1;
  const turnedMs = before === undefined || before.turned === 0 ? at : before.turnedMs;
  if (turned < IN_A_ROW) return { standing: { turned, turnedMs, ...(known === undefined ? {} : { alert: known }) } };
  if (known === undefined)
    return { standing: { turned: 0, turnedMs: at, alert: seen }, told: { type: 'alert', alert: seen } };
  return { told: { type: 'well', alert: seen, lastedMs: turnedMs - known.sinceMs } };
}

/** What was told of a pool and still holds. */
export const alertsOf = ({ standings }: Pick<PoolState, 'standings'>): readonly ResourceAlert[] =>
  Object.values(standings).flatMap(({ alert }) => alert ?? []);

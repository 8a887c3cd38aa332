/** Alerts of the pool in words. */
import type { PoolMetric, ResourceAlert } from '@tutti/contracts';
import { amount, plural, span } from '../text/units.ts';

type Unit = ResourceAlert['unit'];

const WORDS: Readonly<Record<PoolMetric, string>> = {
  cpu_usage: 'cpu usage',
  memory_usage: 'memory usage',
  response_time: 'response time',
  queue_depth: 'queue depth',
};

/** Who is behind it. */
const WHO: Readonly<Record<PoolMetric, string>> = {
  cpu_usage: 'waiting for it',
  memory_usage: 'waiting for it',
  response_time: 'running longest',
  queue_depth: 'waiting',
};

export function metricValue(unit: Unit, value: number): string {
  if (unit === 'ms') return span(value);
  return unit === 'percent' ? `${amount(value)} %` : plural(value, 'request');
}

/** `queue depth 5 requests`. */
export const metricText = ({ metric, unit, value }: Pick<ResourceAlert, 'metric' | 'unit' | 'value'>): string =>
  `${WORDS[metric]} ${metricValue(unit, value)}`;

/** `queue depth 5 requests, threshold 3 requests; waiting: run/a, run/b`. */
export function alertText(alert: Omit<ResourceAlert, 'sinceMs'>): string {
  const { metric, unit, threshold, names } = alert;
  const who = names.length === 0 ? '' : `; ${WHO[metric]}: ${names.join(', ')}`;
  return `${metricText(alert)}, threshold ${metricValue(unit, threshold)}${who}`;
}

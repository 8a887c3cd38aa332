/** What is watched of a pool, how often, and from where on it is told (specification: `load_balancing.resource_monitoring`). */
import { z } from 'zod';
import { POOL_METRICS, poolMetric } from '../messages/shared.ts';
import type { WorkflowJson } from './values.ts';

/** Samples closer together would cost more than they tell, ms; a file that wants them gets this. */
export const MIN_SAMPLING_MS = 100;

/** A metric is told when it is at its threshold or over it. */
export const monitoringSpec = z.strictObject({
  /** Between two samples, ms. */
  intervalMs: z.number().int().min(MIN_SAMPLING_MS),
  /** Metrics that are sampled; the others are never told. */
  metrics: z.array(poolMetric).max(POOL_METRICS.length),
  thresholds: z.strictObject({
    /** Percent of what the pool may hand out, oversubscription included. */
    cpu_usage: z.number().min(0).max(1_000),
    memory_usage: z.number().min(0).max(1_000),
    /** Ms. */
    response_time: z.number().positive(),
    /** Requests that wait for the pool. */
    queue_depth: z.number().int().positive(),
  }),
});
export type MonitoringSpec = z.infer<typeof monitoringSpec>;

/** The numbers of the specification. */
export const DEFAULT_MONITORING: MonitoringSpec = {
  intervalMs: 10_000,
  metrics: [...POOL_METRICS],
  thresholds: { cpu_usage: 90, memory_usage: 85, response_time: 180_000, queue_depth: 3 },
};

/** What the loader leaves of the block: durations are ms. */
const writtenMonitoring = z.object({
  metrics: z.array(z.string()).optional(),
  sampling_interval: z.number().optional(),
  alert_thresholds: monitoringSpec.shape.thresholds.partial().optional(),
});
const writtenPolicy = z.object({
  load_balancing: z.object({ resource_monitoring: writtenMonitoring.optional() }).optional(),
});

/** What a definition says of monitoring (`policies.resource_manager`); what it leaves out is as by default, and a metric that nobody knows is none. */
export function monitoringOf(policies: Readonly<Record<string, WorkflowJson>>): MonitoringSpec {
  const policy = writtenPolicy.safeParse(policies['resource_manager'] ?? {});
  const written = policy.data?.load_balancing?.resource_monitoring ?? {};
  const given = Object.entries(written.alert_thresholds ?? {}).filter(([, value]) => value !== undefined);
  return {
    intervalMs: Math.max(MIN_SAMPLING_MS, Math.round(written.sampling_interval ?? DEFAULT_MONITORING.intervalMs)),
    metrics: POOL_METRICS.filter((metric) => written.metrics?.includes(metric) ?? true),
    thresholds: { ...DEFAULT_MONITORING.thresholds, ...Object.fromEntries(given) },
  };
}

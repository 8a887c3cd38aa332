/**
 * The one table of the figures of a run, under the specification's own names (`performance_monitoring.metrics_collection`):
 * name → unit, shape, what it is. `docs/metrics.md` is made of it. All of them come from the run's events alone.
 */
import { z } from 'zod';

export interface MetricRow<T extends z.ZodType = z.ZodType> {
  readonly unit: 'ms' | '%' | 'ratio';
  /** The figure, or null where nothing tells it: a figure is never made up. */
  readonly value: z.ZodNullable<T>;
  readonly about: string;
}

const metric = <T extends z.ZodType>(unit: MetricRow['unit'], value: T, about: string): MetricRow<T> => ({
  unit,
  value: value.nullable(),
  about,
});

const num = z.number();
const byName = z.record(z.string(), num);

export const RUN_METRICS = {
  execution_metrics: {
    total_workflow_time: metric(
      'ms',
      num,
      'From the acceptance of the run, or its last retry, until its last step and group were over. Unknown before that.',
    ),
    individual_agent_execution_time: metric(
      'ms',
      z.object({ steps: byName, agents: byName }),
      'What attempts of each step took, those that failed included, from their acceptance by an instance to their outcome; waits and commits are none of it. `agents` adds up the steps of one agent.',
    ),
    parallel_efficiency_ratio: metric(
      'ratio',
      num,
      'The time that all steps ran, added up, ÷ (the time of the run × the most steps that ran at once). 1: whoever was needed at the peak had work all the time. Time in which the run was paused, or waited for somebody and for nothing else, does not count.',
    ),
    context_lock_wait_time: metric(
      'ms',
      num,
      'The context takes no locks: readers see one version, writers stand in one line. What a step waits for is its commit: from its outcome to the acknowledgement of its writes, added up over the steps of which it is told.',
    ),
    resource_utilization_percentage: metric(
      '%',
      z.object({ cpu: num, memory: num, agents: num }),
      'Units that the leases of this run held × how long, ÷ (units of the whole pool × the time of the run). CPU may exceed 100, as far as the pool oversubscribes. Other runs of the pool, and validations, are not in it.',
    ),
  },
  quality_metrics: {
    output_quality_scores: metric(
      'ratio',
      byName,
      'By step that was judged: verdicts that passed ÷ those that passed or failed, of steps that `validates` it and of `cross_validation`. Nothing else scores an output.',
    ),
    validation_failure_rate: metric('ratio', num, 'Verdicts that failed ÷ verdicts that passed or failed.'),
    context_conflict_frequency: metric('ratio', num, 'Conflict records ÷ commits of the context.'),
    retry_rate: metric('ratio', num, 'Attempts that failed and were followed by another one ÷ attempts that began.'),
  },
  system_metrics: {
    memory_usage_peak: metric(
      '%',
      num,
      'The most memory units of the pool that the leases of this run held at once ÷ those of the whole pool. Units are what steps ask for, not bytes of processes.',
    ),
    cpu_utilization_average: metric(
      '%',
      num,
      'The `cpu` of `resource_utilization_percentage`: units that were asked for, over time; not the load of a processor.',
    ),
    cache_hit_ratios: metric(
      'ratio',
      byName,
      '`agent_output`: steps that ended well with an output out of the cache ÷ steps that ended well. Unknown where no step says that its output came from there.',
    ),
    network_latency_impact: metric(
      '%',
      num,
      'The share of the critical path that is neither work, nor a wait of 50 ms or more, nor a commit: messages under way and the steps of the engine between them.',
    ),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, MetricRow>>>>;

export type MetricGroup = keyof typeof RUN_METRICS;
export type MetricName = { [G in MetricGroup]: keyof (typeof RUN_METRICS)[G] }[MetricGroup];

type Values<R extends Readonly<Record<string, MetricRow>>> = { [K in keyof R]: R[K]['value'] };

const valuesOf = <R extends Readonly<Record<string, MetricRow>>>(rows: R): z.ZodObject<Values<R>> =>
  z.object(Object.fromEntries(Object.entries(rows).map(([name, { value }]) => [name, value])) as Values<R>);

/** The figures of one run. */
export const runMetrics = z.object({
  execution_metrics: valuesOf(RUN_METRICS.execution_metrics),
  quality_metrics: valuesOf(RUN_METRICS.quality_metrics),
  system_metrics: valuesOf(RUN_METRICS.system_metrics),
  /** Why a figure is null, by its name. */
  unknown: z.record(z.string(), z.string()),
});
export type RunMetrics = z.infer<typeof runMetrics>;

/**
 * Keys of the specification's blocks that describe the engine where it has one way: the specification's. They may be written, and
 * another value than that one changes nothing, which whoever wrote it is told.
 */
import type { WorkflowFile } from '@tutti/contracts';
import type { FindingList } from './findings.ts';
import type { Locate } from './tree.ts';

interface Fixed {
  /** From the file's root, with dots; `*` is any key. */
  readonly path: string;
  /** What the engine does, as the loader reads it: durations in ms, sizes in bytes. Of a list: all that it may name. */
  readonly is: readonly (string | number | boolean)[];
  /** What holds instead, where the value alone does not say it. */
  readonly does?: string;
}

const blocking = (kind: string, is: boolean, does: string): Fixed => ({
  ...{ path: `dependency_analyzer.dependency_types.${kind}.blocking`, is: [is], does },
});

const words = (block: string, values: Readonly<Record<string, string>>): readonly Fixed[] =>
  Object.entries(values).map(([key, word]) => ({ path: `${block}.${key}`, is: [word] }));

const ANALYSIS: readonly Fixed[] = [
  ...words('dependency_analyzer', {
    analysis_scope: 'full_workflow_dependency_graph',
    'dependency_graph_generation.algorithm': 'topological_sort_with_parallel_identification',
    'dependency_graph_generation.optimization': 'minimize_critical_path_length',
    'dependency_graph_generation.output': 'execution_groups_with_parallel_opportunities',
  }),
  blocking('data_dependency', true, 'a step waits for what it reads; `context` names what it can do without'),
  blocking('context_dependency', false, 'nobody waits for it; `inputs` names what a step waits for'),
  blocking(
    'validation_dependency',
    false,
    'it delays nobody; `gate: true` at the validating step has others wait for it',
  ),
  blocking('resource_dependency', false, 'the pool admits what fits; `depends_on` puts steps in an order'),
];

const lockFree = 'readers and writers wait for no lock: each reads a snapshot, and commits are merged';
const STORE = 'resource_manager.resource_pool.context_store';
const oneCache = 'each agent process has one cache of 50 MB for the prompts of all workflows';
const BALANCING = 'resource_manager.load_balancing';
const RESOURCES: readonly Fixed[] = [
  { path: `${STORE}.concurrent_readers`, is: [5], does: lockFree },
  { path: `${STORE}.concurrent_writers`, is: [1], does: lockFree },
  { path: `${STORE}.lock_timeout`, is: [30_000], does: lockFree },
  { path: 'resource_manager.allocation_strategy.resource_sharing.context_queuing', is: [true], does: lockFree },
  { path: 'resource_manager.resource_pool.template_engine.cache_size', is: [50_000_000], does: oneCache },
  ...words('resource_manager.allocation_strategy', { algorithm: 'priority_based_fair_sharing' }),
  ...words(`${BALANCING}.agent_assignment`, {
    strategy: 'least_loaded_instance',
    health_check: 'response_time_based',
    failover: 'automatic_reassignment',
  }),
];

const STRATEGIES = 'barrier_synchronization.timeout_handling.timeout_strategies';
const criteria = '`success_criteria` and `partial_failure_handling` of a group say when it goes on';
const BARRIERS: readonly Fixed[] = [
  ...words('barrier_synchronization', { implementation: 'smart_barrier_with_partial_results' }),
  {
    path: 'barrier_synchronization.phases.*',
    is: [
      ...['start_all_parallel_agents_simultaneously', 'establish_shared_context_locks', 'begin_progress_monitoring'],
      ...['track_individual_agent_progress', 'monitor_resource_utilization', 'detect_potential_conflicts_early'],
      ...['provide_progress_updates', 'wait_for_all_agents_OR_timeout', 'collect_completed_results'],
      ...['assess_partial_completion_viability', 'make_continuation_decision', 'merge_parallel_results'],
      ...['resolve_any_conflicts', 'validate_cross_agent_consistency', 'prepare_context_for_next_group'],
    ],
    does: 'a barrier goes through the phases of the specification',
  },
  ...words(STRATEGIES, {
    'continue_with_partial.action': 'use_completed_results_fill_gaps_with_defaults',
    'extend_timeout.condition': 'agents_making_progress_but_need_more_time',
  }),
  {
    path: `${STRATEGIES}.abort_and_fallback.condition`,
    is: ['no_agents_completing_OR_critical_errors'],
    does: criteria,
  },
  {
    path: 'enhanced_workflow_step.synchronization.failure_criteria',
    is: ['all_agents_fail_or_timeout'],
    does: criteria,
  },
  {
    path: 'enhanced_workflow_step.parallel_configuration.resource_isolation',
    is: [false],
    does: 'all steps share one pool',
  },
  ...words('enhanced_workflow_step.parallel_configuration', { context_sharing: 'read_only_shared_write_isolated' }),
];

const CONTEXT: readonly Fixed[] = [
  ...words('context_conflicts.conflict_types', {
    'write_write_conflict.resolution': 'first_writer_wins_with_merge_opportunity',
    'read_write_conflict.resolution': 'consistent_snapshot_isolation',
    'consistency_conflict.resolution': 'post_completion_conflict_detection_and_resolution',
  }),
  ...words('context_conflicts.resolution_mechanisms', {
    'optimistic_concurrency.strategy': 'allow_parallel_execution_detect_conflicts_later',
    'optimistic_concurrency.conflict_detection': 'content_hash_comparison',
    'optimistic_concurrency.resolution': 'three_way_merge_with_validation',
    'context_versioning.strategy': 'version_all_context_changes',
    'context_versioning.merge_strategy': 'semantic_merge_where_possible',
    'context_versioning.fallback': 'manual_conflict_resolution',
    'conflict_prevention.strategy': 'pre_allocate_context_ownership',
  }),
];

const CACHES = 'caching_system.cache_levels';
const noSnapshots =
  'older versions of the context are read without a cache; those that are kept have limits of their own';
const CACHING: readonly Fixed[] = [
  ...words(CACHES, {
    'agent_output_cache.scope': 'completed_agent_outputs',
    'agent_output_cache.key_strategy': 'content_hash_based',
    'template_render_cache.scope': 'rendered_template_outputs',
    'template_render_cache.key_strategy': 'template_id_plus_variable_hash',
    'context_snapshot_cache.scope': 'context_state_at_major_milestones',
    'context_snapshot_cache.key_strategy': 'workflow_step_plus_content_hash',
  }),
  { path: `${CACHES}.template_render_cache.size_limit`, is: [50_000_000], does: oneCache },
  { path: `${CACHES}.context_snapshot_cache.ttl`, is: ['session_lifetime'], does: noSnapshots },
  { path: `${CACHES}.context_snapshot_cache.size_limit`, is: [200_000_000], does: noSnapshots },
  {
    path: 'caching_system.cache_optimization.prefetching.prefetch_context',
    is: [true],
    does: 'what a step takes rides with its order',
  },
  {
    path: 'caching_system.cache_optimization.prefetching.prefetch_templates',
    is: [true],
    does: 'templates come with the order, and stay parsed where they were filled in',
  },
  {
    path: 'caching_system.cache_optimization.compression.compression_threshold',
    is: [10_000],
    does: 'what is larger than 10 KiB is compressed, where that helps',
  },
  ...words('caching_system.cache_optimization', {
    'prefetching.strategy': 'predict_next_likely_agent_needs',
    'compression.algorithm': 'lz4_fast_compression',
    'eviction.policy': 'lru_with_priority_boosting',
  }),
  {
    path: 'caching_system.cache_optimization.eviction.priority_factors',
    is: ['access_frequency', 'computation_cost', 'cache_hit_ratio'],
  },
];

const METRICS = 'performance_monitoring.metrics_collection';
const OPTIMIZATION = 'performance_monitoring.performance_optimization';
const MONITORING: readonly Fixed[] = [
  {
    path: `${METRICS}.execution_metrics`,
    is: [
      ...['total_workflow_time', 'individual_agent_execution_time', 'parallel_efficiency_ratio'],
      ...['context_lock_wait_time', 'resource_utilization_percentage'],
    ],
  },
  {
    path: `${METRICS}.quality_metrics`,
    is: ['output_quality_scores', 'validation_failure_rate', 'context_conflict_frequency', 'retry_rate'],
  },
  {
    path: `${METRICS}.system_metrics`,
    is: ['memory_usage_peak', 'cpu_utilization_average', 'cache_hit_ratios', 'network_latency_impact'],
  },
  ...words(OPTIMIZATION, { 'bottleneck_detection.algorithm': 'critical_path_analysis' }),
  {
    path: `${OPTIMIZATION}.bottleneck_detection.automatic_optimization`,
    is: [
      'reorder_non_critical_operations',
      'increase_parallelization_opportunities',
      'optimize_context_access_patterns',
    ],
  },
];

/** Every key of this kind. */
export const FIXED_VALUES: readonly Fixed[] = [
  ...ANALYSIS,
  ...RESOURCES,
  ...BARRIERS,
  ...CONTEXT,
  ...CACHING,
  ...MONITORING,
];

type Path = readonly (string | number)[];

/** What a checked file says of keys that have one value, and of the block that nothing here acts on. */
export function checkFixedValues(file: WorkflowFile, locate: Locate, findings: FindingList): void {
  if (file.performance_monitoring?.performance_optimization?.adaptive_resource_allocation !== undefined) {
    const message = 'adaptive_resource_allocation: nothing is adapted by it; a run plans anew by what really happens';
    findings.add('ignored_block', locate(`${OPTIMIZATION}.adaptive_resource_allocation`.split('.'), 'key'), message, {
      severity: 'note',
    });
  }
  for (const fixed of FIXED_VALUES)
    for (const [at, value] of valuesAt(file, fixed.path.split('.'), [])) {
      if (fixed.is.includes(value as string)) continue;
      const stands = fixed.does ?? `the engine does ${fixed.is.map((one) => `"${one}"`).join(', ')}`;
      const key = at.findLast((part) => typeof part === 'string');
      // A number may be written in other units than it is read in.
      const shown = typeof value === 'number' ? 'its value' : JSON.stringify(value);
      const message = `${key}: ${shown} changes nothing`;
      findings.add('fixed_value', locate(at), message, { severity: 'warning', suggestion: stands });
    }
}

/** The values at a path, those of a list one by one, each with where it stands. */
function valuesAt(value: unknown, [key, ...rest]: readonly string[], at: Path): readonly (readonly [Path, unknown])[] {
  if (Array.isArray(value))
    return value.flatMap((item, place) => valuesAt(item, key === undefined ? [] : [key, ...rest], [...at, place]));
  if (key === undefined) return value === undefined ? [] : [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => key === '*' || key === name)
    .flatMap(([name, inner]) => valuesAt(inner, rest, [...at, name]));
}

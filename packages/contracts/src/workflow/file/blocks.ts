import { z } from 'zod';
import { workflowText } from '../values.ts';
import { criteria, id, size, timeout, ttl } from './scalars.ts';
import { filePriority } from './steps.ts';

/**
 * The blocks of the specification that describe the engine rather than the work. Words of a strategy are free text
 * where Tutti has one way only; numbers, durations and sizes are checked everywhere.
 */
const word = z.string().max(200);
const words = z.array(word).max(100);
const units = z.number().min(0).max(1_000_000);
const count = z.number().int().min(1).max(1_000_000);

const dependencyType = z.strictObject({
  description: workflowText.optional(),
  example: word.optional(),
  blocking: z.boolean().optional(),
});

export const fileDependencyAnalyzer = z.strictObject({
  analysis_scope: word.optional(),
  dependency_types: z
    .strictObject({
      data_dependency: dependencyType.optional(),
      context_dependency: dependencyType.optional(),
      validation_dependency: dependencyType.optional(),
      resource_dependency: dependencyType.optional(),
    })
    .optional(),
  dependency_graph_generation: z
    .strictObject({ algorithm: word.optional(), optimization: word.optional(), output: word.optional() })
    .optional(),
});

/** Named resources of the pool: how many units there are of each. */
const named = z.record(id, units);

const computational = z.strictObject({
  total_cpu_units: units.optional(),
  total_memory_units: units.optional(),
  concurrent_agent_limit: count.optional(),
});

const sharing = z.strictObject({
  cpu_oversubscription: z.number().min(1).max(100).optional(),
  memory_strict: z.boolean().optional(),
  context_queuing: z.boolean().optional(),
});

/** The short form of the same numbers, for a file that needs no more. */
export const filePool = z.strictObject({
  ...computational.shape,
  cpu_oversubscription: sharing.shape.cpu_oversubscription,
  memory_strict: sharing.shape.memory_strict,
  resources: named.optional(),
});

export const fileResourceManager = z.strictObject({
  resource_pool: z
    .strictObject({
      computational: computational.optional(),
      resources: named.optional(),
      context_store: z
        .strictObject({
          concurrent_readers: count.optional(),
          concurrent_writers: count.optional(),
          lock_timeout: timeout.optional(),
        })
        .optional(),
      template_engine: z
        .strictObject({
          concurrent_renders: count.optional(),
          cache_size: size.optional(),
          render_timeout: timeout.optional(),
        })
        .optional(),
    })
    .optional(),
  allocation_strategy: z
    .strictObject({
      algorithm: word.optional(),
      priorities: z
        .strictObject({
          critical_path_agents: filePriority.optional(),
          parallel_group_agents: filePriority.optional(),
          validation_agents: filePriority.optional(),
        })
        .optional(),
      resource_sharing: sharing.optional(),
    })
    .optional(),
  load_balancing: z
    .strictObject({
      agent_assignment: z
        .strictObject({ strategy: word.optional(), health_check: word.optional(), failover: word.optional() })
        .optional(),
      resource_monitoring: z
        .strictObject({
          metrics: words.optional(),
          sampling_interval: timeout.optional(),
          alert_thresholds: z
            .strictObject({
              cpu_usage: z.number().min(0).max(1000).optional(),
              memory_usage: z.number().min(0).max(1000).optional(),
              response_time: timeout.optional(),
              queue_depth: count.optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

const timeoutStrategy = z.strictObject({
  condition: word.optional(),
  action: word.optional(),
  quality_impact: word.optional(),
  notification: word.optional(),
});

/** What follows an aborted join. */
export const FALLBACK_ACTIONS = ['fall_back_to_sequential_execution', 'fail_run'] as const;

export const fileBarrierSynchronization = z.strictObject({
  implementation: word.optional(),
  phases: z.record(id, words).optional(),
  timeout_handling: z
    .strictObject({
      default_timeout: timeout.optional(),
      timeout_strategies: z
        .strictObject({
          continue_with_partial: timeoutStrategy.extend({ condition: criteria.optional() }).optional(),
          extend_timeout: z
            .strictObject({
              condition: word.optional(),
              extension: timeout.optional(),
              max_extensions: z.number().int().min(0).max(10).optional(),
            })
            .optional(),
          abort_and_fallback: timeoutStrategy.extend({ action: z.enum(FALLBACK_ACTIONS).optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
});

const conflictType = z.strictObject({
  description: workflowText.optional(),
  resolution: word.optional(),
  example: word.optional(),
});

/** Agent → the context roots it owns. */
export const fileOwnership = z.record(id, z.array(id).max(1000));

export const fileContextConflicts = z.strictObject({
  conflict_types: z
    .strictObject({
      write_write_conflict: conflictType.optional(),
      read_write_conflict: conflictType.optional(),
      consistency_conflict: conflictType.optional(),
    })
    .optional(),
  resolution_mechanisms: z
    .strictObject({
      optimistic_concurrency: z
        .strictObject({ strategy: word.optional(), conflict_detection: word.optional(), resolution: word.optional() })
        .optional(),
      context_versioning: z
        .strictObject({ strategy: word.optional(), merge_strategy: word.optional(), fallback: word.optional() })
        .optional(),
      conflict_prevention: z
        .strictObject({ strategy: word.optional(), ownership_rules: fileOwnership.optional() })
        .optional(),
    })
    .optional(),
});

const cacheLevel = z.strictObject({
  scope: word.optional(),
  key_strategy: word.optional(),
  ttl: ttl.optional(),
  size_limit: size.optional(),
});

export const fileCachingSystem = z.strictObject({
  cache_levels: z
    .strictObject({
      agent_output_cache: cacheLevel.optional(),
      template_render_cache: cacheLevel.optional(),
      context_snapshot_cache: cacheLevel.optional(),
    })
    .optional(),
  cache_optimization: z
    .strictObject({
      prefetching: z
        .strictObject({
          strategy: word.optional(),
          prefetch_templates: z.boolean().optional(),
          prefetch_context: z.boolean().optional(),
        })
        .optional(),
      compression: z.strictObject({ algorithm: word.optional(), compression_threshold: size.optional() }).optional(),
      eviction: z.strictObject({ policy: word.optional(), priority_factors: words.optional() }).optional(),
    })
    .optional(),
});

export const filePerformanceMonitoring = z.strictObject({
  metrics_collection: z
    .strictObject({
      execution_metrics: words.optional(),
      quality_metrics: words.optional(),
      system_metrics: words.optional(),
    })
    .optional(),
  performance_optimization: z
    .strictObject({
      adaptive_resource_allocation: z.strictObject({ trigger: word.optional(), actions: words.optional() }).optional(),
      bottleneck_detection: z
        .strictObject({ algorithm: word.optional(), automatic_optimization: words.optional() })
        .optional(),
    })
    .optional(),
});

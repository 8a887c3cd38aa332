import { describe, expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const told = (block: string) =>
  inspectWorkflow(`workflow: { id: w }\nsteps: { a: {} }\n${block}\n`, { file: 'w.yaml' }).findings.filter(
    ({ code }) => code === 'fixed_value',
  );

describe('a key of the engine where it has one way', () => {
  it.each([
    [
      'resource_manager: { load_balancing: { agent_assignment: { failover: none } } }',
      /failover: "none" changes nothing/,
    ],
    [
      'resource_manager: { resource_pool: { context_store: { lock_timeout: 5 } } }',
      /lock_timeout: its value changes nothing/,
    ],
    ['resource_manager: { resource_pool: { template_engine: { cache_size: 10MB } } }', /cache_size: its value changes/],
    [
      'caching_system: { cache_levels: { template_render_cache: { size_limit: 1GB } } }',
      /size_limit: its value changes/,
    ],
    ['barrier_synchronization: { phases: { mine: [begin_progress_monitoring, dance] } }', /mine: "dance" changes/],
    ['dependency_analyzer: { dependency_types: { data_dependency: { blocking: false } } }', /blocking: false changes/],
    [
      'caching_system: { cache_levels: { context_snapshot_cache: { size_limit: 1MB } } }',
      /size_limit: its value changes/,
    ],
    ['caching_system: { cache_optimization: { prefetching: { prefetch_context: false } } }', /prefetch_context: false/],
    ['performance_monitoring: { metrics_collection: { system_metrics: [karma] } }', /system_metrics: "karma"/],
  ])('is told that another value changes nothing: %s', (block, message) => {
    const findings = told(block);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'warning', line: 3, message: expect.stringMatching(message) });
    expect(findings[0]?.suggestion).toMatch(/\w/);
  });

  it('is silent about the specification’s own value, in a list too', () => {
    expect(told('barrier_synchronization: { phases: { mine: [begin_progress_monitoring] } }')).toEqual([]);
    expect(told('resource_manager: { resource_pool: { template_engine: { cache_size: 50MB } } }')).toEqual([]);
    expect(told('resource_manager: { resource_pool: { context_store: { lock_timeout: 30_seconds } } }')).toEqual([]);
  });

  it('is silent about what has effect', () => {
    expect(
      told('caching_system: { cache_levels: { agent_output_cache: { size_limit: 1MB, ttl: 1_minute } } }'),
    ).toEqual([]);
  });

  it('stands in an enhanced step too', () => {
    const step =
      'enhanced_workflow_step: { id: e, agents: [{ id: b, agent: b }], synchronization: { failure_criteria: x } }';
    expect(told(step)).toMatchObject([{ message: expect.stringMatching(/^failure_criteria: "x"/) }]);
  });
});

import { RUN_METRICS, runMetrics } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { metricsOf } from './metrics.ts';
import {
  boardOf,
  committed,
  event,
  finished,
  granted,
  ready,
  START_MS,
  started,
  submitted,
  succeeded,
} from './told.fixture.ts';

const POOL = { cpu: 100, memory: 100, agents: 3 };
const error = { code: 'agent_failed', message: 'boom', retryable: true } as const;

/** `a` works 1 s alone; then `b` and `c` side by side, for 2 s and 1 s. A commit takes 100 ms. */
const RUN = [
  submitted(POOL),
  ...[ready('a', 0), granted('a', 0), started('a', 0), committed('a', 1_100)],
  succeeded('a', 1_100, { workMs: 1_000, commitMs: 100 }),
  ...[ready('b', 1_100), granted('b', 1_100), started('b', 1_100), ready('c', 1_100)],
  ...[granted('c', 1_100), started('c', 1_100), committed('c', 2_200)],
  succeeded('c', 2_200, { workMs: 1_000, commitMs: 100 }),
  committed('b', 3_200),
  succeeded('b', 3_200, { workMs: 2_000, commitMs: 100 }),
  finished(3_200),
];

describe('the figures of a run', () => {
  const { execution_metrics: execution, quality_metrics: quality, system_metrics: system } = metricsOf(boardOf(...RUN));

  it('have the names of the table, all of them, and its shapes', () => {
    const told = metricsOf(boardOf(...RUN));
    expect(runMetrics.parse(told)).toEqual(told);
    for (const [group, rows] of Object.entries(RUN_METRICS))
      expect(Object.keys(told[group as keyof typeof RUN_METRICS])).toEqual(Object.keys(rows));
  });

  it('say how long the run and each agent took, without commits', () => {
    expect(execution.total_workflow_time).toBe(3_200);
    expect(execution.individual_agent_execution_time?.steps).toEqual({ a: 1_000, b: 2_000, c: 1_000 });
  });

  it('set the work against the time and the most that ran at once', () => {
    expect(execution.parallel_efficiency_ratio).toBeCloseTo(4_000 / (3_200 * 2), 3);
  });

  it('call the wait for commits what there is of a wait for locks', () => {
    expect(execution.context_lock_wait_time).toBe(300);
  });

  it('reckon the use of the pool by what leases held, commits included', () => {
    // a and b hold for 3,200 ms, c for 1,100 of these beside b.
    const leaseMs = 3_200 + 1_100;
    expect(execution.resource_utilization_percentage?.cpu).toBeCloseTo((100 * 40 * leaseMs) / (100 * 3_200), 2);
    expect(execution.resource_utilization_percentage?.agents).toBeCloseTo((100 * leaseMs) / (3 * 3_200), 2);
    expect(system.cpu_utilization_average).toBe(execution.resource_utilization_percentage?.cpu);
    expect(system.memory_usage_peak).toBe(100);
  });

  it('say what they do not know, and why', () => {
    const { unknown } = metricsOf(boardOf(...RUN));
    expect(quality.output_quality_scores).toBeNull();
    expect(quality.validation_failure_rate).toBeNull();
    expect(system.cache_hit_ratios).toBeNull();
    expect(Object.keys(unknown).sort()).toEqual([
      'cache_hit_ratios',
      'output_quality_scores',
      'validation_failure_rate',
    ]);
  });

  it('count no time for what the engine did at once', () => {
    expect(system.network_latency_impact).toBe(0);
  });
});

describe('rates', () => {
  it('of retries, conflicts, verdicts and the cache are shares of what was tried', () => {
    const board = boardOf(
      submitted(POOL),
      ...[ready('a', 0), granted('a', 0), started('a', 0)],
      event('step.retrying', 10, { step: 'a', attempt: 1, inMs: 5, error }),
      ...[granted('a', 15), started('a', 15, 2), committed('a', 20), succeeded('a', 20, { cached: true })],
      ...[ready('b', 20), granted('b', 20), started('b', 20), committed('b', 30), succeeded('b', 30)],
      event('context.conflict', 30, { id: 'c', path: '/a', kept: 'a', refused: 'b' }),
      event('step.validated', 30, { step: 'b', agent: 'b', validates: ['a'], ok: false, findings: ['no'] }),
      event('validation.finished', 31, { group: 'g', validator: 'b', of: 'a', verdict: 'passed', findings: [] }),
      event('validation.finished', 31, { group: 'g', validator: 'a', of: 'b', verdict: 'skipped', findings: [] }),
      finished(31),
    );
    const { quality_metrics: quality, system_metrics: system } = metricsOf(board);
    expect(quality.retry_rate).toBeCloseTo(1 / 3, 3);
    expect(quality.context_conflict_frequency).toBe(0.5);
    expect(quality.output_quality_scores).toEqual({ a: 0.5 });
    expect(quality.validation_failure_rate).toBe(0.5);
    expect(system.cache_hit_ratios).toEqual({ agent_output: 0.5 });
  });
});

it('a conflict that a person decided has been one all the same', () => {
  const board = boardOf(
    ...[submitted(POOL), committed('a', 20), committed('b', 30)],
    event('context.conflict', 30, { id: 'c', path: '/a', kept: 'a', refused: 'b' }),
    event('conflict.resolved', 40, { id: 'c', path: '/a', take: 'kept', by: 'ann' }),
  );
  expect(board.conflicts).toEqual([]);
  expect(metricsOf(board).quality_metrics.context_conflict_frequency).toBe(0.5);
});

describe('a run of which little is known', () => {
  it('has no figure that was made up', () => {
    const told = metricsOf(boardOf(submitted()));
    const figures = [told.execution_metrics, told.quality_metrics, told.system_metrics].flatMap((group) =>
      Object.entries(group),
    );
    expect(figures.filter(([, value]) => value !== null)).toEqual([]);
    expect(Object.keys(told.unknown).sort()).toEqual(figures.map(([name]) => name).sort());
  });

  it('that works on for long counts what it holds meanwhile', () => {
    const board = boardOf(submitted({ cpu: 100, memory: 100, agents: 2 }), granted('a', 0), started('a', 0));
    const { resource_utilization_percentage: use } = metricsOf(board, START_MS + 10_000).execution_metrics;
    expect(use).toEqual({ cpu: 40, memory: 50, agents: 50 });
  });

  it('that goes on has its figures so far, but no whole time', () => {
    const board = boardOf(...RUN.slice(0, -3));
    const { execution_metrics: execution, unknown } = metricsOf(board);
    expect(execution.total_workflow_time).toBeNull();
    expect(unknown['total_workflow_time']).toBe('the run has not ended');
    expect(execution.individual_agent_execution_time?.steps['c']).toBe(1_000);
  });

  it('that was retried counts its time anew, and its attempts on', () => {
    const board = boardOf(
      ...RUN,
      event('run.retried', 10_000, { by: 'ann', steps: ['b'], kept: 2 }),
      ...[ready('b', 10_000), granted('b', 10_000), started('b', 10_000, 2), committed('b', 10_500)],
      succeeded('b', 10_500),
      event('run.finished', 10_500, {
        ...{ outcome: 'succeeded', reason: '', makespanMs: 500, plannedMs: 0, lowerBoundMs: 0, sequentialMs: 0 },
        ...{ succeeded: 3, failed: 0, skipped: 0, cancelled: 0, conflicts: 0 },
      }),
    );
    const { execution_metrics: execution, quality_metrics: quality } = metricsOf(board);
    expect(execution.total_workflow_time).toBe(500);
    expect(execution.resource_utilization_percentage?.cpu).toBe(40);
    expect(quality.retry_rate).toBe(0);
  });
});

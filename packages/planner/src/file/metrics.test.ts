import { DEFAULT_MONITORING, monitoringOf } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';

const of = (monitoring: string) => {
  const text = `resource_manager: { load_balancing: { resource_monitoring: ${monitoring} } }\nsteps: { a: { agent: x } }\n`;
  const { definition, findings } = inspectWorkflow(text, { file: 'w.yaml' });
  const told = findings.filter(({ code }) => code === 'fixed_value');
  return { spec: monitoringOf(definition?.policies ?? {}), told };
};

it('the block of the specification says what holds without it', () => {
  const { definition } = inspectWorkflow(SEED, { file: 'seed.yaml' });
  expect(definition?.policies['resource_manager']).toHaveProperty('load_balancing.resource_monitoring');
  expect(monitoringOf(definition?.policies ?? {})).toEqual(DEFAULT_MONITORING);
  expect(monitoringOf({})).toEqual(DEFAULT_MONITORING);
});

it('what a file writes counts, durations in ms, and the rest is as by default', () => {
  const { spec } = of('{ sampling_interval: 2, alert_thresholds: { response_time: 5_minutes, queue_depth: 9 } }');
  expect(spec).toEqual({
    ...DEFAULT_MONITORING,
    intervalMs: 2_000,
    thresholds: { ...DEFAULT_MONITORING.thresholds, response_time: 300_000, queue_depth: 9 },
  });
});

it('only the metrics that are listed are watched; one that nobody knows is told and is none', () => {
  const { spec, told } = of('{ metrics: [queue_depth, cpu_usge] }');
  expect(spec.metrics).toEqual(['queue_depth']);
  expect(told).toMatchObject([
    {
      severity: 'warning',
      line: 1,
      message: expect.stringContaining('"cpu_usge"'),
      suggestion: 'did you mean "cpu_usage"?',
    },
  ]);
});

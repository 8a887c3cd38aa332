import { DEFAULT_MONITORING } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { parseAlerts } from './cluster-alerts.ts';

describe('--alerts', () => {
  it('sets what it names, in the words of a file; the rest is as by default', () => {
    const { thresholds, metrics, intervalMs } = parseAlerts('queue_depth=5, response_time=10m, every=30');
    expect(thresholds).toEqual({ ...DEFAULT_MONITORING.thresholds, queue_depth: 5, response_time: 600_000 });
    expect([...metrics].sort()).toEqual([...DEFAULT_MONITORING.metrics].sort());
    expect(intervalMs).toBe(30_000);
  });

  it('has a metric not watched that is off', () => {
    expect(parseAlerts('response_time=off,cpu_usage=off').metrics).toEqual(['memory_usage', 'queue_depth']);
  });

  it.each([
    '',
    'queue_depth',
    'queue_depth=0',
    'queue_depth=many',
    'cpu=90',
    'every=1ms',
    'every=off',
    'response_time=1-2m',
  ])('that cannot be understood is refused with how to write it: "%s"', (text) => {
    expect(() => parseAlerts(text)).toThrow(/write it as queue_depth=5,cpu_usage=95/);
  });
});

/** What the pool's metrics tell people in a run of one process (specification: `load_balancing.resource_monitoring`). */
import { rmSync } from 'node:fs';
import { checkEvent, type TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

let at: Scripted;
beforeAll(() => {
  at = scripted();
});
afterAll(() => rmSync(at.folder, { recursive: true }));

/** One step at a time; four wait at first, and for the last two seconds nobody does. */
const tinyPool = (name: string, monitoring: readonly string[]): string =>
  at.workflow(name, [
    `workflow: { id: ${name} }`,
    'resource_manager:',
    '  resource_pool: { computational: { concurrent_agent_limit: 1 } }',
    '  load_balancing:',
    '    agent_assignment: { strategy: least_loaded_instance, health_check: response_time_based }',
    '    resource_monitoring:',
    ...monitoring.map((line) => `      ${line}`),
    'steps:',
    ...['a', 'b'].map((id) => step(id, 'agent: work, with: { ms: 700 }')),
    ...['c', 'd'].map((id) => step(id, 'agent: work, with: { ms: 500 }')),
    step('e', 'agent: work, depends_on: [a, b, c, d], with: { ms: 700 }'),
  ]);

const WATCHED = ['metrics: [queue_depth]', 'sampling_interval: 200_ms', 'alert_thresholds: { queue_depth: 3 }'];

describe('a pool in which three wait', () => {
  it('raises an alert once, and is well again once they do not', async () => {
    const ended = await tutti(['run', tinyPool('busy', WATCHED), '--output', 'json'], { cwd: at.folder });
    const events = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TuttiEvent);
    const told = events.filter(({ type }) => type.startsWith('resource.'));
    expect(told).toMatchObject([
      { type: 'resource.alert', data: { metric: 'queue_depth', value: 3, threshold: 3, unit: 'requests' } },
      { type: 'resource.well', data: { metric: 'queue_depth', threshold: 3 } },
    ]);
    expect(told[0]?.data['names']).toHaveLength(3);
    expect(told.map(checkEvent)).toEqual([undefined, undefined]);
    expect(ended.code).toBe(0);
  });

  it('says so in words where people read', async () => {
    const ended = await tutti(['run', tinyPool('words', WATCHED), '--output', 'plain'], { cwd: at.folder });
    expect(ended.stdout).toMatch(/pool {2}queue depth 3 requests, threshold 3 requests; waiting: words-\S+\/[a-d], /);
    expect(ended.stdout).toMatch(/pool {2}queue depth \d requests?: well again after .+, threshold 3 requests/);
  });

  it('says nothing where the file watches something else, or has a higher threshold', async () => {
    const files = [
      tinyPool('other', ['metrics: [cpu_usage]', 'sampling_interval: 200_ms']),
      tinyPool('higher', ['sampling_interval: 200_ms', 'alert_thresholds: { queue_depth: 4 }']),
    ];
    for (const file of files) {
      const ended = await tutti(['run', file, '--output', 'json'], { cwd: at.folder });
      expect(ended.stdout).not.toContain('"resource.');
      expect(ended.code).toBe(0);
    }
  });
});

it('a metric that nobody knows is named by the lint, with its place and with what was meant', async () => {
  const file = tinyPool('unknown', ['metrics: [queue_dept]']);
  const ended = await tutti(['lint', file], { cwd: at.folder });
  expect(ended.stdout).toMatch(/unknown\.yaml:8:\d+: .*fixed_value.*"queue_dept".*"queue_depth"/);
});

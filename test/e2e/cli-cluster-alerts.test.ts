/** A cluster whose pool has too little room: what its processes say of it. */
import type { TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Running } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
let node: Running;

beforeAll(async () => {
  cluster = await Services.start({ version: 'current' });
  node = await cluster.serve('up', '--name', 'n1', '--pool', 'agents=1', '--alerts', 'queue_depth=2,every=200ms');
  await cluster.serve('agent', 'start', 'agents.ts', '--name', 'workers');
});
afterAll(async () => void (await cluster.stop()));

it('doctor finds the queue while it is too deep, and the run, the log and doctor are content after it', async () => {
  const file = cluster.at.workflow('deep', [
    'workflow: { id: deep }',
    'steps:',
    step('a', 'agent: work, with: { ms: 60000 }'),
    ...['b', 'c'].map((id) => step(id, 'agent: work')),
  ]);
  const run = cluster.begin('run', file, '--run-id', 'deep-1');
  const logged = node.line(/queue_depth of the pool is over its threshold/, 'stderr');
  const wellAgain = node.line(/queue_depth of the pool is below its threshold again/, 'stderr');
  const told = await run.line(/"type":"resource.alert"/);
  expect((JSON.parse(told) as TuttiEvent).data).toMatchObject({ metric: 'queue_depth', value: 2, threshold: 2 });
  await logged;
  const found = await cluster.call('doctor');
  expect(found.stdout).toMatch(
    /✗ pool alert {2}queue depth 2 requests, threshold 2 requests; waiting: deep-1\/[abc], /,
  );
  expect(found.code).toBe(1);
  expect((await cluster.call('cancel', 'deep-1')).code).toBe(0);
  await run.ended;
  await wellAgain;
  // What a node says of itself may be as old as its last beat.
  await expect.poll(async () => (await cluster.call('doctor')).stdout, { timeout: 20_000 }).not.toContain('pool alert');
});

it('--alerts is refused where no pool is managed, and where it cannot be understood', async () => {
  const elsewhere = await cluster.call('up', '--roles', 'context', '--alerts', 'queue_depth=5');
  expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining('--alerts says nothing here')]);
  const unknown = await cluster.call('up', '--alerts', 'depth=5');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('the metrics are cpu_usage')]);
});

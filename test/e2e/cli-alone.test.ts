/** Work that no supervisor hears of: stopped by its own process after the time that `tutti up --alone` gives it, and done again. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;

beforeAll(async () => {
  cluster = await Services.start();
});
afterAll(async () => void (await cluster.stop()));

it('stands still with its only supervisor: the work is stopped, and done again when that goes on', async () => {
  const node = await cluster.serve('up', '--name', 'only', '--alone', '5s');
  const agents = await cluster.serve('agent', 'start', 'agents.ts', '--name', 'workers');
  const file = cluster.at.workflow('long', [
    'workflow: { id: long }',
    'steps:',
    step('a', 'agent: work, with: { ms: 9000 }'),
  ]);
  const run = cluster.begin('run', file, '--run-id', 'long-1');
  await run.line(/"type":"step.started"/);
  node.kill('SIGSTOP');
  try {
    const told = await agents.line(/no supervisor has said for too long/, 'stderr');
    expect(told).toContain('long-1/a/');
  } finally {
    node.kill('SIGCONT');
  }
  const { code, stdout } = await run.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/"type":"step.retrying".*agent_lost/);
});

it('is given a time that makes sense', async () => {
  const { code, stderr } = await cluster.call('up', '--alone', '1s');
  expect(code).toBe(2);
  expect(stderr).toContain('It must be from 5s to 1h.');
});

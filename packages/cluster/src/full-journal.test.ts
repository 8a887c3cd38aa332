import { createAgentHost, defineAgent } from '@tutti/agent';
import { createMemoryBus } from '@tutti/bus';
import { createClient } from '@tutti/client';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { startNode } from './node.ts';
import { ROLES } from './roles.ts';

it('a run whose journal fills up ends while its end can still be written, and says so', async () => {
  const bus = createMemoryBus({ maxLogRecords: 20 });
  const node = await startNode({ bus, roles: ROLES, sole: true });
  const attempts = 30;
  const definition = workflow('w', (w) => {
    w.step('a', { retry: { max_attempts: attempts, backoff: 1 } });
  });
  const fails = defineAgent({ name: 'a', run: () => Promise.reject(new Error('again')) });
  const agents = createAgentHost({ ports: node.ports, agents: [fails as never], instances: 1, process: 'p' });
  await agents.start();
  const client = createClient({ bus });
  const { run } = await client.submit({ definition });
  for await (const event of client.watch(run)) { console.log(event.type, JSON.stringify(event.data).slice(0,150)); if (event.type === 'run.finished') break; }
  expect(await client.status(run)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('journal') });
  await agents.drain(100);
  await node.stop();
});

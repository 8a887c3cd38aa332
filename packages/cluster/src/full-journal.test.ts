import { createAgentHost, defineAgent } from '@tutti/agent';
import { createMemoryBus, decodeJson } from '@tutti/bus';
import { apiVerb, tuttiEvent } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { startNode } from './node.ts';
import { ROLES } from './roles.ts';

it('a run whose journal fills up ends while its end can still be written, and says so', async () => {
  const bus = createMemoryBus({ maxLogRecords: 20 });
  const node = await startNode({ bus, roles: ROLES, sole: true });
  const { subjects } = node.ports;
  const definition = workflow('w', (w) => {
    w.step('a', { retry: { max_attempts: 30, backoff: 0.01, backoff_factor: 1 } });
  });
  const fails = defineAgent({ name: 'a', run: () => Promise.reject(new Error('again')) });
  const agents = createAgentHost({ ports: node.ports, agents: [fails as never], instances: 1, process: 'p' });
  await agents.start();
  const finished = new Promise((resolve) => {
    bus.subscribe(subjects.ofRunEvent('r', 'run.finished'), ({ data }) => resolve(tuttiEvent.parse(decodeJson(data))));
  });
  const to = subjects.of('api', { verb: apiVerb('run.submit') });
  const submit = { type: 'run.submit', run: 'r', definition, inputs: {} } as const;
  await createExchange(node.ports, { identity: 'asker' }).ask(to, submit, 2_000);
  expect(await finished).toMatchObject({ data: { outcome: 'failed', reason: expect.stringContaining('journal') } });
  await agents.drain(100);
  await node.stop();
});

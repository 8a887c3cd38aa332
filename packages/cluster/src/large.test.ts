import { randomBytes } from 'node:crypto';
import { createAgentHost, defineAgent } from '@tutti/agent';
import { createMemoryBus } from '@tutti/bus';
import { type AnyMessage, apiVerb, type MessageOf } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { startNode } from './node.ts';
import { ROLES } from './roles.ts';

const noise = (bytes: number): string => randomBytes((bytes * 3) / 4).toString('base64');
const needs = { resource_requirements: { cpu: 10, memory: 10 } };

/** A run on a node whose journals are on a bus of messages of 1 MiB. */
async function ran(definition: ReturnType<typeof workflow>, inputs: object, run: () => unknown) {
  const bus = createMemoryBus();
  const node = await startNode({ bus, roles: ROLES, sole: true });
  const agents = [defineAgent({ name: 'a', run: run as never })];
  const host = createAgentHost({ ports: node.ports, agents, instances: 3, process: 'p' });
  await host.start();
  const exchange = createExchange(node.ports, { identity: 'asker', local: false });
  const ask = async (message: AnyMessage): Promise<MessageOf<'run.state'>> =>
    (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 5_000))
      .message as never;
  await ask({ type: 'run.submit', run: 'r', definition, inputs: inputs as never });
  const status = () => ask({ type: 'run.status', run: 'r' });
  await expect.poll(async () => (await status()).phase, { timeout: 8_000 }).toBe('ended');
  const view = await status();
  await host.drain(0);
  await node.stop();
  return view;
}

describe('contents that no message can carry', () => {
  it('are taken as inputs and as a result', async () => {
    const definition = workflow('w', (w) => {
      w.input('doc', { type: 'string' } as never);
      w.step('a');
    });
    const view = await ran(definition, { doc: noise(2_000_000) }, () => ({ doc: noise(2_000_000) }));
    expect(view.steps).toMatchObject([{ status: 'succeeded' }]);
  }, 20_000);

  it('are committed although several come at once, which are too large together only', async () => {
    const definition = workflow('w', (w) => {
      for (const id of ['s1', 's2', 's3']) w.step(id, { agent: 'a', ...needs } as never);
    });
    const view = await ran(definition, {}, () => ({ doc: noise(700_000) }));
    expect(view.steps.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  }, 20_000);
});

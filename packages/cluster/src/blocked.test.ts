import { defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { startEmbedded } from './embedded.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Longer than an agent process may be silent: 3.6 s. */
const BLOCKS_MS = 4_500;

it('an agent that blocks a run of one process is done once: nobody was left to hear that it was silent', async () => {
  let begun = 0;
  const run = async (): Promise<string> => {
    begun += 1;
    await pause(100);
    const end = performance.now() + BLOCKS_MS;
    while (performance.now() < end);
    await pause(1_000);
    return 'done';
  };
  const { node, stop } = await startEmbedded({ agents: [defineAgent({ name: 'a', run })], instances: 2 });
  const exchange = createExchange(node.ports, { identity: 'asker' });
  const ask = async (message: AnyMessage) =>
    (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 20_000)).message;
  const definition = workflow('w', (w) => void w.step('a'));
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await expect
    .poll(() => ask({ type: 'run.status', run: 'r' }), { timeout: 20_000 })
    .toMatchObject({ outcome: 'succeeded', steps: [{ attempt: 1 }] });
  expect(begun).toBe(1);
  await stop();
}, 30_000);

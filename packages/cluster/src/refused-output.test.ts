import { defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { startEmbedded } from './embedded.ts';

it('a result that a run refuses is given to no other run, though its agent declares `cache`', async () => {
  let calls = 0;
  const run = (): object => {
    calls += 1;
    return calls === 1 ? { other: 1 } : { stories: calls };
  };
  const { node, stop } = await startEmbedded({ agents: [defineAgent({ name: 'pm', cache: true, run: run as never })] });
  const exchange = createExchange(node.ports, { identity: 'asker' });
  const ask = async (message: AnyMessage) =>
    (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 20_000)).message;
  const definition = workflow('w', (w) => void w.step('pm', { outputs: ['stories'] }));
  const outcomes: unknown[] = [];
  for (const id of ['r1', 'r2', 'r3']) {
    await ask({ type: 'run.submit', run: id, definition, inputs: {} });
    const status = () => ask({ type: 'run.status', run: id });
    await expect.poll(status, { timeout: 20_000 }).toMatchObject({ phase: 'ended' });
    outcomes.push(((await status()) as { outcome?: unknown }).outcome);
  }
  await stop();
  expect([outcomes, calls]).toEqual([['failed', 'succeeded', 'succeeded'], 2]);
});

import { defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb } from '@tutti/contracts';
import { createExchange, type MemoryJournals } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from './embedded.ts';

const definition = workflow('w', (w) => void w.step('a'));
const agents = [defineAgent({ name: 'a', run: () => 'done' })];

describe('an embedded cluster', () => {
  it('forgets the oldest ended runs, whole, and keeps the newest', async () => {
    const { node, stop } = await startEmbedded({ agents, keepEnded: 2 });
    const exchange = createExchange(node.ports, { identity: 'asker' });
    const ask = async (message: AnyMessage) =>
      (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message;
    for (const run of ['r1', 'r2', 'r3', 'r4']) {
      await ask({ type: 'run.submit', run, definition, inputs: {} });
      await expect.poll(() => ask({ type: 'run.status', run })).toMatchObject({ outcome: 'succeeded' });
    }
    const journals = node.ports.journals as MemoryJournals;
    const kept = async () => journals.keys.map((key) => key.replace(/\.\d+\./, ' ')).sort();
    await expect.poll(kept).toEqual(['ctx r3', 'ctx r4', 'wf r3', 'wf r4']);
    await expect(ask({ type: 'run.status', run: 'r1' })).rejects.toMatchObject({ code: 'unknown_run' });
    expect(await ask({ type: 'run.status', run: 'r4' })).toMatchObject({ outcome: 'succeeded' });
    await stop();
  });
});

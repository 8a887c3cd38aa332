import { type AgentDefinition, defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb, MAX_READS, shardOf, type WorkflowDefinition } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from './embedded.ts';

const TIMEOUT_MS = 30_000;
const POLL = { timeout: TIMEOUT_MS };

/** Runs a workflow to its end in a cluster of its own; what became of it, and its context. */
async function resultOf(definition: WorkflowDefinition, agents: readonly AgentDefinition[]) {
  const { node, stop } = await startEmbedded({ agents });
  const exchange = createExchange(node.ports, { identity: 'asker' });
  const ask = async (message: AnyMessage): Promise<any> =>
    (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message;
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await expect.poll(() => ask({ type: 'run.status', run: 'r' }), POLL).toMatchObject({ phase: 'ended' });
  const view = await ask({ type: 'run.status', run: 'r' });
  const to = node.ports.subjects.of('context', { shard: String(shardOf('r')), run: 'r' } as never);
  const read = await exchange.ask(to, { type: 'context.read', run: 'r', paths: ['/q'] }, 2_000);
  await stop();
  return { view, context: (read.message as { values: unknown }).values };
}

describe('a run', () => {
  it(
    'gives a step all its inputs when they are more than one message may ask for',
    async () => {
      const keys = Array.from({ length: MAX_READS + 1 }, (_, i) => `k${i}`);
      const definition = workflow('w', (w) => {
        const p = w.step('p', { outputs: keys });
        w.step('q', { inputs: keys.map((key) => p.ref(key)) });
      });
      const produced = Object.fromEntries(keys.map((key, i) => [key, i]));
      const p = defineAgent({ name: 'p', run: () => produced });
      const q = defineAgent({ name: 'q', run: ({ input }) => ({ got: (input as { p: object }).p as never }) });
      const { context } = await resultOf(definition, [p, q] as never);
      expect(context).toMatchObject({ '/q': { got: produced } });
    },
    TIMEOUT_MS,
  );

  it(
    'fails a step at once, and only once, whose writes the context store refuses for good',
    async () => {
      let calls = 0;
      const agent = defineAgent({
        name: 'a',
        run: ({ context }) => {
          calls += 1;
          context.set('/a/x', 5);
          context.set('/a/x/y', 1);
          return {};
        },
      });
      const definition = workflow('w', (w) => void w.step('a', { timeout: '60_seconds' }));
      const { view } = await resultOf(definition, [agent] as never);
      expect([view.outcome, view.steps[0]?.error?.code, calls]).toEqual(['failed', 'bad_agent_output', 1]);
    },
    TIMEOUT_MS,
  );
});

import { type AgentDefinition, defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { startEmbedded } from './embedded.ts';

/** An agent that fails so many times before it succeeds; `calls` counts. */
function failing(name: string, times: number): { agent: AgentDefinition; calls: () => number } {
  let calls = 0;
  const run = async (): Promise<string> => {
    calls += 1;
    if (calls <= times) throw new Error(`${name} fails`);
    return 'done';
  };
  return { agent: defineAgent({ name, run }), calls: () => calls };
}

type Rules = 'continue_with_available_results' | 'abort_and_fallback';
type Wanted = 'all_agents_succeed' | 'at_least_one_agent_succeeds';

/** A group of two that falls back; they fail so many times. */
async function runGroup(p: number, q: number, partial_failure_handling: Rules, success_criteria: Wanted) {
  const [first, second] = [failing('p', p), failing('q', q)];
  const { node, stop } = await startEmbedded({ agents: [first.agent, second.agent] });
  const exchange = createExchange(node.ports, { identity: 'asker' });
  const ask = async (message: AnyMessage) =>
    (await exchange.ask(node.ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 20_000)).message;
  const definition = workflow('w', (w) => {
    const members = ['p', 'q'].map((id) => w.step(id, { retry: { max_attempts: 1 } }));
    w.group('g', members, { synchronization_strategy: { partial_failure_handling, success_criteria } });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  const status = () => ask({ type: 'run.status', run: 'r' });
  await expect.poll(status, { timeout: 20_000 }).toMatchObject({ phase: 'ended' });
  const view = await status();
  await stop();
  if (view.type !== 'run.state') throw new Error(`an answer of another type: ${view.type}`);
  const steps = view.steps.map(({ status: how }) => how);
  return { outcome: view.outcome, decision: view.groups[0]?.decision, steps, calls: [first.calls(), second.calls()] };
}

it.each([
  ['continue_with_available_results', 'at_least_one_agent_succeeds'],
  ['continue_with_available_results', 'all_agents_succeed'],
  ['abort_and_fallback', 'at_least_one_agent_succeeds'],
  ['abort_and_fallback', 'all_agents_succeed'],
] as const)(
  'members that all failed run once more, one after another, each to its end (%s, %s)',
  async (rule, wanted) => {
    expect(await runGroup(1, 1, rule, wanted)).toEqual({
      ...{ outcome: 'succeeded', decision: 'complete', steps: ['succeeded', 'succeeded'], calls: [2, 2] },
    });
  },
);

it('one that fails again does not take its turn from the next', async () => {
  const rules = ['continue_with_available_results', 'at_least_one_agent_succeeds'] as const;
  expect(await runGroup(2, 1, ...rules)).toEqual({
    ...{ outcome: 'partial', decision: 'partial', steps: ['failed', 'succeeded'], calls: [2, 2] },
  });
});

it('one that fails again where all are wanted ends the group', async () => {
  const { outcome, decision, steps } = await runGroup(2, 1, 'abort_and_fallback', 'all_agents_succeed');
  expect({ outcome, decision, steps }).toEqual({
    ...{ outcome: 'failed', decision: 'aborted', steps: ['failed', 'cancelled'] },
  });
});

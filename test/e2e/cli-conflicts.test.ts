/** Deciding conflicts from the command line, against a real nats-server: while supervisors die, and after the end of the run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conflict, RunView, TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended, Running } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

/** Two who write one place at the same time, and one who reads it. */
const AGENTS = `
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent } from '@tutti/agent';
const writer = (name) => defineAgent({
  name,
  async run({ context }) {
    await sleep(300);
    context.set('/shared/price', name);
    return { done: true };
  },
});
export const dear = writer('dear');
export const cheap = writer('cheap');
export const reader = defineAgent({
  name: 'reader',
  run: async ({ context }) => ({ saw: await context.read('/shared/price') }),
});
`;

let cluster: Services;
let nodeOne: Running;
const kill = async (node: Running, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  node.kill(signal);
  await node.ended;
};
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);
const viewOf = async (run: string): Promise<RunView> =>
  JSON.parse((await call('show', run, '--output', 'json')).stdout) as RunView;
const conflictOf = async (run: string): Promise<Conflict> => {
  const [first] = JSON.parse((await call('conflicts', run, '--output', 'json')).stdout) as Conflict[];
  if (first === undefined) throw new Error(`${run} has no conflict`);
  return first;
};
const file = (id: string): string =>
  cluster.at.workflow(id, [
    `workflow: { id: ${id} }`,
    'steps:',
    step('dear', 'agent: dear, outputs: [/shared/price]'),
    step('cheap', 'agent: cheap, outputs: [/shared/price]'),
    step('reader', 'agent: reader, depends_on: [dear, cheap]'),
  ]);

beforeAll(async () => {
  cluster = await Services.start();
  writeFileSync(join(cluster.at.folder, 'prices.ts'), AGENTS);
  nodeOne = await cluster.serve('up', '--name', 'node-1');
  await cluster.serve('agent', 'start', 'prices.ts', '--name', 'agents-1', '-n', '2');
}, 120_000);
afterAll(async () => void (await cluster.stop()));

describe('a run that ended conflicted', () => {
  it('is listed with what is to be decided, decided once, and done again from there', async () => {
    const ended = await call('run', file('prices'), '--run-id', 'prices-1', '--output', 'plain');
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain('decide it: tutti resolve prices-1');
    const listed = await call('conflicts', 'prices-1');
    const { id, kept, refused } = await conflictOf('prices-1');
    expect(listed.code).toBe(4);
    expect(listed.stdout).toMatch(new RegExp(`^conflict ${id} +/shared/price$`, 'm'));
    expect(listed.stdout).toMatch(new RegExp(`refused +"${refused.value}" +by ${refused.author}`));
    expect(id).toMatch(/^\d+-\d+$/);

    const usage = await call('resolve', 'prices-1', id);
    expect([usage.code, usage.stderr]).toEqual([2, expect.stringContaining('--take refused')]);
    const unknown = await call('resolve', 'prices-1', '77-7', '--take', 'kept');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('[unknown_conflict]')]);

    const order = ['resolve', 'prices-1', id, '--take', 'refused', '--by', 'ann', '--comment', 'newer'];
    const decided = await call(...order);
    expect([decided.code, decided.stderr]).toEqual([0, '']);
    expect(decided.stdout).toBe(`prices-1: conflict ${id} is decided by ann: refused; succeeded\n`);
    expect((await call(...order)).stdout).toBe(decided.stdout);
    const late = await call('resolve', 'prices-1', id, '--take', 'kept', '--by', 'eve');
    expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/ann decided.*\[already_answered\]/s)]);

    expect((await call('conflicts', 'prices-1')).code).toBe(0);
    expect((await call('show', 'prices-1')).stdout).toContain('/shared/price: refused, by ann: newer');
    const result = await call('result', 'prices-1');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ shared: { price: refused.value }, reader: { saw: kept.value } });

    const { lastSeq } = await viewOf('prices-1');
    expect((await call('retry', 'prices-1', '--from', 'reader')).code).toBe(0);
    await call('events', 'prices-1', '--from', String(lastSeq + 1), '--follow');
    const again = await call('result', 'prices-1');
    expect(JSON.parse(again.stdout)).toMatchObject({ reader: { saw: refused.value } });
  }, 120_000);

  it('is followed from its end on to the next one', async () => {
    expect((await call('run', file('followed'), '--run-id', 'followed-1', '--output', 'quiet')).code).toBe(4);
    const { lastSeq } = await viewOf('followed-1');
    const { id } = await conflictOf('followed-1');
    const decided = await call('resolve', 'followed-1', id, '--value', '{"price":7}', '--by', 'ann');
    expect(decided.code).toBe(0);
    const { stdout } = await call(
      'events',
      'followed-1',
      '--from',
      String(lastSeq + 1),
      '--follow',
      '--output',
      'json',
    );
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TuttiEvent);
    expect(events).toMatchObject([
      { type: 'conflict.resolved', data: { id, take: 'value', by: 'ann' } },
      { type: 'run.finished', data: { outcome: 'succeeded', conflicts: 0 } },
    ]);
    expect(JSON.parse((await call('result', 'followed-1')).stdout)).toMatchObject({ shared: { price: { price: 7 } } });
    const { stderr } = await call('ctx', 'followed-1', 'shared.price');
    expect(stderr).toMatch(new RegExp(`version \\d+ .* ann \\(decided conflict ${id}\\)  /shared/price`));
  }, 120_000);

  it('keeps an order that nobody could store yet, though the supervisor that took it is killed', async () => {
    const contexts = await cluster.serve('up', '--name', 'contexts', '--roles', 'context');
    await kill(nodeOne, 'SIGTERM');
    const orders = await cluster.serve('up', '--name', 'orders', '--roles', 'supervisor,resources');
    expect((await call('run', file('killed'), '--run-id', 'killed-1', '--output', 'quiet')).code).toBe(4);
    const { id, refused } = await conflictOf('killed-1');
    await kill(contexts, 'SIGKILL');
    const asked = await call('resolve', 'killed-1', id, '--take', 'refused', '--by', 'ann');
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('has not taken the decision yet')]);
    await kill(orders, 'SIGKILL');
    await cluster.serve('up', '--name', 'node-2');
    // Nobody gives the order again: it is in the journal.
    await expect
      .poll(async () => (await viewOf('killed-1')).outcome, { timeout: 60_000, interval: 500 })
      .toBe('succeeded');
    const repeated = await call('resolve', 'killed-1', id, '--take', 'refused', '--by', 'ann');
    expect([repeated.code, repeated.stderr]).toEqual([0, '']);
    const { stdout } = await call('events', 'killed-1', '--output', 'json');
    expect(stdout.split('\n').filter((line) => line.includes('"conflict.resolved"'))).toHaveLength(1);
    expect(JSON.parse((await call('result', 'killed-1')).stdout)).toMatchObject({ shared: { price: refused.value } });
  }, 180_000);
});

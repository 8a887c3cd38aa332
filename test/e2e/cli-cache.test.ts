/** An agent that declares `cache` is asked the same by several steps: how often it really works, and how that is told. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

/** Writes a line for each real call. */
const AGENTS = `
import { defineAgent } from '@tutti/agent';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const counted = (name, cache) => defineAgent({
  name,
  cache,
  async run({ input }) {
    appendFileSync(new URL('./calls.log', import.meta.url), name + ' ' + input.topic + '\\n');
    await sleep(200);
    return { topic: input.topic, by: name };
  },
});
export const pure = counted('pure', true);
let told = 0;
export const fickle = defineAgent({
  name: 'fickle',
  cache: true,
  run({ input }) {
    told += 1;
    appendFileSync(new URL('./calls.log', import.meta.url), 'fickle ' + input.topic + '\\n');
    if (told === 1) throw new Error('not yet');
    return { whole: told };
  },
});
export const doing = counted('doing', undefined);
`;

/** The same of a program. */
const PROGRAM = `
const { appendFileSync, readFileSync } = require('node:fs');
const { input } = JSON.parse(readFileSync(0, 'utf8'));
appendFileSync('calls.log', 'program ' + input.topic + '\\n');
console.log(JSON.stringify({ topic: input.topic }));
`;

let at: Scripted;
beforeAll(() => {
  at = scripted();
  writeFileSync(join(at.folder, 'counted.ts'), AGENTS);
  writeFileSync(join(at.folder, 'program.cjs'), PROGRAM);
});
afterAll(() => rmSync(at.folder, { recursive: true }));

async function run(name: string, steps: readonly string[], ...more: string[]) {
  writeFileSync(join(at.folder, 'calls.log'), '');
  const agents = 'agents: { module: ./counted.ts, program: { cmd: [node, program.cjs], cache: true } }';
  const file = at.workflow(name, [agents, ...more, 'steps:', ...steps]);
  const result = join(at.folder, `${name}.json`);
  const ended = await tutti(['run', file, '--output', 'json', '--result', result], { cwd: at.folder });
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  const events = ended.stdout.trimEnd().split('\n');
  const done = events.map((line) => JSON.parse(line) as TuttiEvent).filter(({ type }) => type === 'step.succeeded');
  return {
    calls: readFileSync(join(at.folder, 'calls.log'), 'utf8').trimEnd().split('\n').sort(),
    cached: done.filter(({ data }) => data['cached'] === true).map(({ data }) => String(data['step'])),
    results: JSON.parse(readFileSync(result, 'utf8')) as Record<string, unknown>,
  };
}

const asks = (id: string, agent: string, topic: string, after = ''): string =>
  step(id, `agent: ${agent}, with: { topic: ${topic} }${after === '' ? '' : `, depends_on: [${after}]`}`);

it('works once for each input, whether the others ask meanwhile or later', async () => {
  const { calls, cached, results } = await run('pure', [
    asks('a', 'pure', 'cats'),
    asks('b', 'pure', 'cats'),
    asks('c', 'pure', 'dogs'),
    step('d', 'agent: pure, depends_on: [a], inputs: [], with: { topic: cats }'),
  ]);
  expect(calls).toEqual(['pure cats', 'pure dogs']);
  expect(cached).toHaveLength(2);
  expect(cached).toContain('d');
  for (const id of ['a', 'b', 'd']) expect(results).toMatchObject({ [id]: { topic: 'cats', by: 'pure' } });
  expect(results).toMatchObject({ c: { topic: 'dogs' } });
});

it('works for every step where the agent does not declare it, or the file leaves no room', async () => {
  const two = (agent: string) => [asks('a', agent, 'cats'), asks('b', agent, 'cats')];
  expect(await run('doing', two('doing'))).toMatchObject({ calls: ['doing cats', 'doing cats'], cached: [] });
  const none = 'caching_system: { cache_levels: { agent_output_cache: { size_limit: 0 } } }';
  expect(await run('none', two('pure'), none)).toMatchObject({ calls: ['pure cats', 'pure cats'], cached: [] });
});

it('starts a program once, and says so to people', async () => {
  const steps = [
    asks('a', 'program', 'cats'),
    step('b', 'agent: program, depends_on: [a], inputs: [], with: { topic: cats }'),
  ];
  expect(await run('program', steps)).toMatchObject({ calls: ['program cats'], cached: ['b'] });
  const { stdout } = await tutti(['run', 'program.yaml', '--output', 'plain'], { cwd: at.folder });
  expect(stdout).toMatch(/ b +done from the cache, context version 2/);
  expect(stdout).toMatch(/from the cache +1 step$/m);
});

it('does not give a failure again: the next attempt works, and its result is the one that others get', async () => {
  const keys = 'agent: fickle, inputs: [], with: { topic: cats }, retry: { max_attempts: 2, backoff: 10_ms }';
  const { calls, cached, results } = await run('fickle', [step('a', keys), step('b', `${keys}, depends_on: [a]`)]);
  expect(calls).toEqual(['fickle cats', 'fickle cats']);
  expect(cached).toEqual(['b']);
  expect(results).toMatchObject({ a: { whole: 2 }, b: { whole: 2 } });
});

it('works once for all runs that a process of agents serves in a cluster, and `tutti show` tells the others', async () => {
  const cluster = await Services.start();
  try {
    writeFileSync(join(cluster.at.folder, 'counted.ts'), AGENTS);
    const file = cluster.at.workflow('shared', ['agents: ./counted.ts', 'steps:', asks('a', 'pure', 'cats')]);
    await cluster.serve('up');
    await cluster.serve('agent', 'start', './counted.ts');
    for (const id of ['one', 'two']) expect((await cluster.call('run', file, '--run-id', id)).code).toBe(0);
    expect(readFileSync(join(cluster.at.folder, 'calls.log'), 'utf8')).toBe('pure cats\n');
    expect((await cluster.call('show', 'one')).stdout).toMatch(/^a +succeeded +1 .* on /m);
    expect((await cluster.call('show', 'two')).stdout).toMatch(/^a +succeeded +1 .* done from the cache$/m);
  } finally {
    await cluster.stop();
  }
}, 120_000);

/** Files of agents that cannot be loaded: each is refused with its place and what to do, and nothing runs. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

let at: Scripted;
beforeAll(() => {
  at = scripted();
  mkdirSync(join(at.folder, 'sub'));
});
afterAll(() => rmSync(at.folder, { recursive: true }));

const agent = "import { defineAgent } from '@tutti/agent';\nexport default defineAgent({ name: 'a', run() {} });\n";

it.each([
  [
    'a syntax error',
    'syntax',
    { syntax: 'export const x = 1;\nconst y = ;' },
    /^tutti: sub\/syntax\.ts:2:11: syntax error: Unexpected ";"$/m,
  ],
  [
    'a throw at import',
    'throws',
    { throws: 'export const x = 1;\nnull.foo();' },
    /^tutti: sub\/throws\.ts:2:6: TypeError: Cannot read/m,
  ],
  ['no such file', 'missing', {}, /^tutti: sub\/missing\.ts: there is no such file of agents$/m],
  [
    'no agent',
    'none',
    { none: 'export const x = 1;' },
    /^tutti: sub\/none\.ts exports no agent: it exports x \(number\)/m,
  ],
  [
    'a name twice',
    'one, ./two',
    { one: agent, two: agent },
    /^tutti: sub\/two\.ts: an agent named "a" is exported by sub\/one\.ts too; rename one of them$/m,
  ],
])('%s', async (_, modules, files, says) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at.folder, 'sub', `${name}.ts`), text);
  const list = modules.split(', ./').map((name) => `./${name}.ts`);
  const file = at.workflow('sub/w', [
    `agents: [${list.join(', ')}]`,
    'workflow: { id: w }',
    'steps:',
    step('a', 'agent: a'),
  ]);
  const { code, stdout, stderr } = await tutti(['run', file], { cwd: at.folder });
  expect(stderr).toMatch(says);
  expect(stderr.match(/Unexpected/g) ?? []).toHaveLength(says.source.includes('Unexpected') ? 1 : 0);
  expect(stderr).toContain('[bad_agent_file]');
  expect([code, stdout]).toEqual([2, '']);
});

/** What an agent's careless code may do to the program that runs it: fail its own step, and nothing else. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

const CARELESS = `import { defineAgent } from '@tutti/agent';
import { setTimeout as sleep } from 'node:timers/promises';
const slow = async () => {
  await sleep(500);
  return { done: true };
};
const careless = (name, stray) => defineAgent({ name, run() { stray(); return slow(); } });
export const rejects = careless('rejects', () => void Promise.reject(new Error('nobody awaits this')));
export const throws = careless('throws', () => setTimeout(() => { throw new Error('nobody catches this'); }, 10));
export const exits = careless('exits', () => setTimeout(() => process.exit(3), 10));
export const fine = defineAgent({ name: 'fine', run: slow });
`;

let at: Scripted;
beforeAll(() => {
  at = scripted();
  writeFileSync(join(at.folder, 'careless.ts'), CARELESS);
});
afterAll(() => rmSync(at.folder, { recursive: true }));

it('a stray rejection, a late throw and a process.exit each fail their own step, by file and line; the rest goes on', async () => {
  const file = at.workflow('careless', [
    'agents: ./careless.ts',
    'workflow: { id: careless }',
    'steps:',
    ...['rejects', 'throws', 'exits'].map((id) => step(id, `agent: ${id}, retry: 1, on_failure: continue`)),
    step('fine', 'agent: fine'),
  ]);
  const { code, stdout, stderr } = await tutti(['run', file], { cwd: at.folder });
  expect(stderr).not.toContain('defect of Tutti');
  expect(code).toBe(3);
  const place = String.raw`let an error escape at \S*careless\.ts:\d+:\d+: `;
  expect(stdout).toMatch(new RegExp(`rejects {2}failed: .*${place}nobody awaits this`));
  expect(stdout).toMatch(new RegExp(`throws {2}failed: .*${place}nobody catches this`));
  expect(stdout).toMatch(new RegExp(String.raw`exits {2}failed: .*${place}process\.exit\(3\) was called`));
  expect(stdout).toContain('1 succeeded, 3 failed');
});

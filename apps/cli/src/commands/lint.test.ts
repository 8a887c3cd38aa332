import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runWith } from '../main.ts';
import { fakeIo } from '../testing/fake-io.ts';

const cwd = mkdtempSync(join(tmpdir(), 'lint-'));
afterAll(() => rmSync(cwd, { recursive: true }));

async function lint(agents: string): Promise<{ readonly code: number; readonly out: string }> {
  writeFileSync(join(cwd, 'flow', 'w.yaml'), `agents: ${agents}\nsteps: { a: { estimated_duration: 1_seconds } }\n`);
  const io = fakeIo({ cwd });
  return { code: await runWith(['lint', 'flow/w.yaml'], io), out: io.text() };
}
mkdirSync(join(cwd, 'flow'));
mkdirSync(join(cwd, 'mine'));
// Lint never loads it: what stands there need not even be code.
writeFileSync(join(cwd, 'mine', 'agents.ts'), 'no code at all');

it('says that a file of agents is not there, beside the workflow file, and does not load one that is', async () => {
  const { code, out } = await lint('[../mine/agents.ts, ../mine/agentz.ts, ../mine]');
  expect(code).toBe(0);
  expect(out).toContain('flow/w.yaml:1:29: warning missing_agent_file: there is no file of agents "../mine/agentz.ts"');
  expect(out).toContain('there is no file of agents "../mine"');
  expect(out).not.toContain('"../mine/agents.ts"');
});

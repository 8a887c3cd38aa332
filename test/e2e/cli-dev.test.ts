/** `tutti dev`, and readers that go away. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM, startTutti, tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

let at: Scripted;
beforeAll(() => {
  at = scripted();
});
afterAll(() => rmSync(at.folder, { recursive: true }));

const write = (name: string, id: string): string =>
  at.workflow(name, [`workflow: { id: ${id} }`, 'steps:', step('a', 'agent: work')]);

describe('tutti dev', () => {
  it('plans again when the file changes, outlives a broken file, and ends 0 at Ctrl-C', async () => {
    const file = write('dev', 'before');
    const dev = startTutti(['dev', file], { cwd: at.folder });
    await dev.line(/^before {2}1 step/);
    await dev.line(/waiting for dev\.yaml to change/, 'stderr');
    at.workflow('dev', ['steps: [broken']);
    await dev.line(/yaml_syntax/, 'stderr');
    write('dev', 'after');
    await dev.line(/^after {2}1 step/);
    dev.kill('SIGINT');
    expect((await dev.ended).code).toBe(0);
  });

  it('ends 2 at once when there is no such file', async () => {
    const { code, stderr } = await tutti(['dev', 'nofile.yaml'], { cwd: at.folder, timeoutMs: 20_000 });
    expect(stderr).toContain('Cannot read nofile.yaml: there is no such file');
    expect(code).toBe(2);
  });

  it('--run runs again when its file of agents changes', async () => {
    const agents = join(at.folder, 'changing.ts');
    const answering = (text: string): void =>
      writeFileSync(
        agents,
        `import { defineAgent } from '@tutti/agent';\nexport default defineAgent({ name: 'a', run() { throw new Error('${text}'); } });\n`,
      );
    answering('first words');
    const file = at.workflow('changes', [
      'agents: ./changing.ts',
      'workflow: { id: changes }',
      'steps:',
      step('a', 'agent: a, retry: 1'),
    ]);
    const dev = startTutti(['dev', file, '--run', '--output', 'plain'], { cwd: at.folder });
    await dev.line(/a {2}failed: first words/);
    await dev.line(/waiting for changes\.yaml/, 'stderr');
    answering('second words');
    await dev.line(/a {2}failed: second words/);
    dev.kill('SIGTERM');
    expect((await dev.ended).code).toBe(0);
  });

  it('--run runs what was planned', async () => {
    const dev = startTutti(['dev', write('devrun', 'ran'), '--run', '--output', 'quiet'], { cwd: at.folder });
    expect(await dev.line(/^ran {2}\S+ {2}succeeded/)).toContain('1 succeeded');
    dev.kill('SIGTERM');
    expect((await dev.ended).code).toBe(0);
  });
});

describe('a reader that goes away', () => {
  it('costs no stack trace, and the run keeps its own exit code', async () => {
    const file = write('pipe', 'pipe');
    const command = `"${process.execPath}" "${PROGRAM}" run ${file} --output json | head -n 1; echo "code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
      execFile('bash', ['-c', command], { cwd: at.folder }, (_error, out, err) =>
        resolve({ stdout: out, stderr: err }),
      );
    });
    expect(stdout).toMatch(/"type":"run\.submitted"/);
    expect(stdout).toContain('code 0');
    expect(stderr).toBe('');
  });
});

/** `tutti dev`, and readers that go away. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM, startTutti } from './cli-process.ts';
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

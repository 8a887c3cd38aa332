import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from './alive.fixture.ts';
import { SCRIPT } from './reaper.adapter.ts';

const FIXTURE = new URL('killed.fixture.ts', import.meta.url).pathname;
const LIMIT = { timeout: 10_000 };

let owner: ChildProcess | undefined;
afterEach(() => void owner?.kill('SIGKILL'));

interface Started {
  readonly pid: number;
  readonly reaper: number;
  /** A program, its child, and its child in another session. */
  readonly programs: readonly number[];
}

async function started(kind: 'lasting' | 'storm'): Promise<Started> {
  const args = ['--import', 'tsx', '--conditions=@tutti/source', FIXTURE, kind];
  owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const [reaper = 0, ...programs] = String(line).trim().split(' ').map(Number);
  return { pid: owner.pid ?? 0, reaper, programs };
}

/** Living programs of a storm, by how the mark of their owner reads: those of other tests are not looked at. */
function living(mark: string): readonly string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && isAlive(Number(pid)) && environmentOf(pid).includes(mark),
  );
}

const environmentOf = (pid: string): string => told(pid, 'environ');
const commandOf = (pid: string): string => told(pid, 'cmdline');

/** Of a process that may be gone. */
function told(pid: string, what: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
}

/** The mark that a reaper was given: the last of its arguments. */
const markOf = (reaper: number): string => commandOf(`${reaper}`).split('\0').at(-2) ?? '';

describe.runIf(process.platform === 'linux')('what a process started', () => {
  it('is gone when the reaper of a killed process is: children that do not want to, in whatever session, too', async () => {
    const { pid, reaper, programs } = await started('lasting');
    expect(programs).toHaveLength(3);
    expect([pid, reaper, ...programs].map(isAlive)).toEqual([true, true, true, true, true]);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(reaper), LIMIT).toBe(false);
    expect(programs.map(isAlive)).toEqual([false, false, false]);
  });

  it('is gone when it was just being started', { timeout: 30_000 }, async () => {
    for (const afterMs of [20, 27, 34]) {
      const { pid, reaper } = await started('storm');
      const mark = markOf(reaper);
      expect(mark).toMatch(/^[0-9a-f]{32}$/);
      await expect.poll(() => living(mark).length, LIMIT).toBeGreaterThan(2);
      await pause(afterMs);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => isAlive(reaper), LIMIT).toBe(false);
      expect(living(mark)).toEqual([]);
    }
  });

  it('is gone though its reaper could tell nobody that it watches', async () => {
    const mark = randomBytes(16).toString('hex');
    const program = spawn('sleep', ['60'], { env: { PATH: process.env['PATH'], TUTTI_OWNER: mark }, stdio: 'ignore' });
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', mark], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = [program, shell].map((child) => once(child, 'exit'));
    // As when its owner dies just after it began another one.
    shell.stdout.destroy();
    shell.stdin.destroy();
    const [[, signal], [code]] = (await Promise.all(ended)) as [[unknown, string], [number]];
    expect([signal, code]).toEqual(['SIGKILL', 0]);
  });

  it('has a reaper that signals do not end, and another one after one that was killed', {
    timeout: 20_000,
  }, async () => {
    const { pid, reaper } = await started('storm');
    const mark = markOf(reaper);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(reaper, signal);
    await pause(100);
    expect(isAlive(reaper)).toBe(true);
    process.kill(reaper, 'SIGKILL');
    const isReaper = (id: string): boolean => commandOf(id).includes(mark);
    // The one that was killed may take a moment to die.
    const another = (): string | undefined =>
      readdirSync('/proc').find(
        (id) => /^\d+$/.test(id) && Number(id) !== reaper && isAlive(Number(id)) && isReaper(id),
      );
    await expect.poll(another, LIMIT).toBeDefined();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => living(mark).length, LIMIT).toBe(0);
    await expect.poll(another, LIMIT).toBeUndefined();
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from './alive.fixture.ts';

const FIXTURE = new URL('killed.fixture.ts', import.meta.url).pathname;
const ARGS = ['--import', 'tsx', '--conditions=@tutti/source', FIXTURE];

let owner: ChildProcess | undefined;
afterEach(() => void owner?.kill('SIGKILL'));

/** Process ids: of the owner, its program, the child of that, and the reaper. */
async function started(): Promise<readonly [number, number, number, number]> {
  owner = spawn(process.execPath, ARGS, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const [program = 0, child = 0, reaper = 0] = String(line).trim().split(' ').map(Number);
  return [owner.pid ?? 0, program, child, reaper];
}

describe.skipIf(process.platform === 'win32')('what a process started', () => {
  it('is ended when it is killed by force, children that do not want to be too, and the reaper after them', async () => {
    const [pid, program, child, reaper] = await started();
    expect([pid, program, child, reaper].map(isAlive)).toEqual([true, true, true, true]);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(reaper), { timeout: 10_000 }).toBe(false);
    expect([program, child].map(isAlive)).toEqual([false, false]);
  });

  it('outlives signals that are sent to its reaper', async () => {
    const [pid, program, , reaper] = await started();
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(reaper, signal);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(program), { timeout: 10_000 }).toBe(false);
  });
});

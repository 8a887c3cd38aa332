import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import { expect, it } from 'vitest';
import { isSurelyDead, ownHome } from './home.adapter.ts';

const home = ownHome();

it.runIf(platform() === 'linux')('a process of this machine is seen to die, and not before', async () => {
  if (home === undefined) throw new Error('this machine does not say where a process runs');
  expect(home.pid).toBe(process.pid);
  expect(isSurelyDead(home)).toBe(false);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  await once(child, 'spawn');
  const there = { ...home, pid: child.pid ?? 0 };
  expect(isSurelyDead(there)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isSurelyDead(there)).toBe(true);
  expect(isSurelyDead({ ...there, reaper: process.pid })).toBe(false);
  expect(isSurelyDead({ ...there, reaper: there.pid })).toBe(true);
});

it.runIf(platform() === 'linux')('a process that belongs to another user lives', () => {
  if (home === undefined) throw new Error('this machine does not say where a process runs');
  expect(isSurelyDead({ ...home, pid: 1 })).toBe(false);
});

it('a process of another machine is never called dead', () => {
  expect(isSurelyDead({ seat: 'elsewhere', pid: 4_000_000 })).toBe(false);
});

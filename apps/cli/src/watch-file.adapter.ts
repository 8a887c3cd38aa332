/** Watching a file and starting ourselves again: what `tutti dev` needs of the system. */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Stop } from './io.ts';

/**
 * Calls back when the file may have changed. The folder is watched, because editors save by renaming a new file over
 * the old one; a watch of the file itself would go on watching the old one.
 */
export function watchFile(path: string, callback: () => void): Stop {
  const name = basename(path);
  const watcher = watch(dirname(path), (_event, changed) => {
    if (changed === null || changed === name) callback();
  });
  watcher.on('error', callback);
  return () => watcher.close();
}

export interface Child {
  /** Resolves with its exit code once it has ended. */
  readonly ended: Promise<number>;
  /** Asks it to cancel what it does. */
  interrupt(): void;
}

/** This program in a process of its own, on the same terminal: it loads agents afresh, which this process could not. */
export function spawnSelf(args: readonly string[]): Child {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], { stdio: 'inherit' });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  return { ended, interrupt: () => void child.kill('SIGINT') };
}

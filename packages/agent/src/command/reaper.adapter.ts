/**
 * Ends the programs of this process when it is gone, also when it was killed by force. Linux only: elsewhere there is none.
 *
 * A shell in a session of its own waits for the end of a pipe that only this process holds. Then it kills whatever has the mark in
 * its environment that each program is given, which children inherit whatever group or session they are in, looks again until
 * nothing is left, and only then ends itself. A program that is just being started holds the pipe until it has its environment, so
 * none is missed. Whoever sees this process and its reaper dead knows that none of its programs runs any more.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The mark's name; what it says is of this process alone. */
const NAME = 'TUTTI_OWNER';
export const SCRIPT = `
trap '' HUP INT TERM PIPE
command -v grep >/dev/null && command -v sleep >/dev/null || exit 1
echo ready
while read -r line; do :; done
while :; do
  left=$(grep -ls -e "$1" /proc/[0-9]*/environ)
  [ -n "$left" ] || exit 0
  for each in $left; do
    pid=\${each#/proc/}
    kill -s KILL "\${pid%/environ}" 2>/dev/null
  done
  sleep 0.01 2>/dev/null || sleep 1
done
`;
/** Before another one is started where one has ended, ms. */
const AGAIN_AFTER_MS = 1_000;

const ignore = (): void => undefined;

class Reaper {
  readonly #mark = randomBytes(16).toString('hex');
  #shell: ChildProcess | undefined;
  #ready: Promise<void> | undefined;
  #isReady = false;

  /** What a program has to have in its environment to be ended with this process. */
  get environment(): Readonly<Record<string, string>> {
    return { [NAME]: this.#mark };
  }

  /** Its process id; undefined while it does not run, and nothing is promised. */
  get pid(): number | undefined {
    return this.#isReady ? this.#shell?.pid : undefined;
  }

  /** Starts it unless it runs. Resolves once it watches, or cannot. */
  start(): Promise<void> {
    this.#ready ??= existsSync('/proc/self/environ') ? this.#begin() : Promise.resolve();
    return this.#ready;
  }

  #begin(): Promise<void> {
    return new Promise((resolve) => {
      try {
        const shell = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', this.#mark], {
          ...{ cwd: '/', env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, detached: true },
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        this.#shell = shell;
        shell.once('error', () => this.#gone(resolve)).once('exit', () => this.#gone(resolve));
        shell.stdout?.once('data', () => {
          this.#isReady = true;
          letGo(shell);
          resolve();
        });
        shell.stdin?.on('error', ignore);
      } catch {
        // No process, memory or file left for it: as good as no shell.
        resolve();
      }
    });
  }

  /** One that watched and was ended by hand is followed by another; where none can run it stays at that. */
  #gone(resolve: () => void): void {
    resolve();
    if (!this.#isReady) return;
    this.#isReady = false;
    setTimeout(() => {
      this.#ready = this.#begin();
    }, AGAIN_AFTER_MS).unref();
  }
}

/** From now on it keeps this process from nothing. */
function letGo(shell: ChildProcess): void {
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  shell.stdout?.destroy();
}

/** Of this process. */
export const reaper = new Reaper();

/**
 * Ends the programs of this process when it is gone, also when it was killed by force: a shell in a session of its own, which
 * is told by a pipe of each group that begins and ends. When the pipe closes it kills the groups that are left, waits until they
 * are gone, and only then ends. So whoever sees this process and its reaper dead knows that none of its programs runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Looks at what was killed: 500 of 10 ms. What is dead and never collected (a container without an init) looks alive for ever. */
const SCRIPT = `
trap '' HUP INT TERM
live=
while read -r change group; do
  rest=
  for each in $live; do [ "$each" = "$group" ] || rest="$rest $each"; done
  live=$rest
  [ "$change" = began ] && live="$live $group"
done
for each in $live; do kill -s KILL -- "-$each" 2>/dev/null; done
looks=0
while [ "$looks" -lt 500 ]; do
  left=
  for each in $live; do kill -s 0 -- "-$each" 2>/dev/null && left=some; done
  [ -z "$left" ] && exit 0
  sleep 0.01
  looks=$((looks + 1))
done
`;

const ignore = (): void => undefined;

class Reaper {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;

  /** Starts it unless it runs. Its process id; undefined where there is no such shell, and nothing is promised. */
  start(): number | undefined {
    if (process.platform === 'win32') return undefined;
    this.#shell ??= this.#started();
    return this.#shell.pid;
  }

  began(group: number): void {
    this.#groups.add(group);
    this.start();
    this.#tell('began', group);
  }

  ended(group: number): void {
    this.#groups.delete(group);
    this.#tell('ended', group);
  }

  #started(): ChildProcess {
    const { PATH = '/usr/bin:/bin' } = process.env;
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'tutti-reaper'], {
      ...{ cwd: '/', env: { PATH }, detached: true },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Whoever ends it by hand gets another with the next program.
    const gone = (): void => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.once('error', gone).once('exit', gone).unref();
    shell.stdin.on('error', ignore);
    (shell.stdin as Socket).unref();
    for (const group of this.#groups) shell.stdin.write(`began ${group}\n`);
    return shell;
  }

  #tell(change: 'began' | 'ended', group: number): void {
    this.#shell?.stdin?.write(`${change} ${group}\n`);
  }
}

/** Of this process. */
export const reaper = new Reaper();

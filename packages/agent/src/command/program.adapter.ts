/**
 * Runs one program in a process group of its own and with a mark of its own in its environment, so that it can be ended with all
 * its children: those that left the group are found by the mark. With its reaper the only file of this package that starts
 * processes and sets timers for them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { endMarked, MARK, sweepMarked } from './marked.adapter.ts';
import { reaper } from './reaper.adapter.ts';

export interface ProgramOptions {
  /** Program and arguments; no shell looks at them. */
  readonly command: readonly string[];
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly maxStdoutBytes: number;
  /** From SIGTERM to SIGKILL, and from the program's end to that of children that keep its output open. */
  readonly killGraceMs: number;
  /** Ends the program. */
  readonly signal: AbortSignal;
  readonly onStderr: (chunk: Buffer) => void;
}

export interface ProgramEnd {
  readonly stdout: Buffer;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** More came than `maxStdoutBytes`; the program was ended for it. */
  readonly isTooLarge: boolean;
}

/** Resolves when the program and the children in its group are gone. Rejects only when it could not be started. */
export async function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  await reaper.start();
  return run(options);
}

function run(options: ProgramOptions): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = options.command;
    const mark = randomBytes(16).toString('hex');
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env, ...reaper.environment, [MARK]: mark },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // What could not be started says so by an error, and may have no pipes.
    if (child.pid === undefined) return child.once('error', reject);
    const group = createGroup(child, mark, options.killGraceMs);
    const output = collectOutput(child, options.maxStdoutBytes, group.end);
    const onAbort = (): void => group.end();
    options.signal.addEventListener('abort', onAbort, { once: true });
    if (options.signal.aborted) group.end();
    const done = (isWell: boolean): Promise<void> => {
      options.signal.removeEventListener('abort', onAbort);
      return group.forget(isWell);
    };
    // An error after the start (a signal that could not be sent) is no end; 'close' comes all the same.
    child.on('error', ignore);
    child.on('exit', () => group.endLater());
    child.on('close', (exitCode, exitSignal) => {
      void done(exitCode === 0).then(() => resolve({ ...output(), exitCode, exitSignal }));
    });
    child.stderr.on('data', options.onStderr);
    // A program that does not read its input closes the pipe; how it ends says whether that was right.
    child.stdin.on('error', ignore);
    child.stdin.end(options.stdin);
  });
}

function ignore(): void {
  return undefined;
}

function collectOutput(
  child: ChildProcess,
  maxBytes: number,
  end: () => void,
): () => Pick<ProgramEnd, 'stdout' | 'isTooLarge'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else end();
  });
  return () => ({ stdout: Buffer.concat(chunks), isTooLarge: bytes > maxBytes });
}

interface Group {
  /** Not wanted any more, with whatever it started: SIGTERM now, SIGKILL after the grace. */
  end(): void;
  /** The program itself has ended: what is left of its group may still write for the grace, then it is killed. */
  endLater(): void;
  /** It is over: resolves once nothing of it is left, but for what one that ended well left in sessions of their own. */
  forget(isWell: boolean): Promise<void>;
}

function createGroup(child: ChildProcess, mark: string, graceMs: number): Group {
  const { pid } = child;
  let timer: NodeJS.Timeout | undefined;
  let endingAtMs: number | undefined;
  // Whoever is not reached (another user's, or without the mark) does not hold up the end by what it keeps open.
  const letGo = (): void => {
    for (const output of [child.stdout, child.stderr]) output?.destroy();
  };
  const kill = (): void => {
    signalGroup(pid, 'SIGKILL');
    if (endingAtMs !== undefined) void sweepMarked(mark, 0);
    timer = setTimeout(letGo, graceMs);
  };
  const killLater = (): void => {
    timer ??= setTimeout(kill, graceMs);
  };
  if (pid !== undefined) trackGroup(pid);
  return {
    end() {
      if (endingAtMs !== undefined) return;
      endingAtMs = performance.now();
      signalGroup(pid, 'SIGTERM');
      void endMarked(mark, pid);
      killLater();
    },
    endLater: killLater,
    async forget(isWell) {
      clearTimeout(timer);
      // Children that closed their output do not hold up the end, but they do not outlive it either.
      signalGroup(pid, 'SIGKILL');
      if (pid !== undefined) living.delete(pid);
      if (endingAtMs !== undefined) await sweepMarked(mark, graceMs - (performance.now() - endingAtMs));
      else if (!isWell) await sweepMarked(mark, 0);
    },
  };
}

/** Signals a whole process group; a group that is gone already is as good. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return;
  }
}

const living = new Set<number>();
let isWatchingExit = false;

/** Programs do not outlive this process when it ends by itself; what is killed by force leaves its programs to the reaper. */
function trackGroup(pid: number): void {
  living.add(pid);
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.on('exit', () => {
    for (const group of living) signalGroup(group, 'SIGKILL');
  });
}

/** Aborts after a time, ms, without keeping the process alive. */
export const timeoutSignal = (ms: number): AbortSignal => AbortSignal.timeout(ms);

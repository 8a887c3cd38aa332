/** Runs the real program as a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/tutti.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall-clock time of the process, in ms. */
  readonly tookMs: number;
}

export interface TuttiOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The process is killed after this long; default one minute. */
  readonly timeoutMs?: number;
}

const OUTPUT_BYTES = 64 * 1_048_576;

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _n, FORCE_COLOR: _f, TUTTI_NATS: _t, VITEST: _v, NODE_OPTIONS: _o, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** Runs `tutti` with arguments until it ends. Never rejects: how it ended is the result. */
export function tutti(args: readonly string[], options: TuttiOptions = {}): Promise<Ended> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const settings = {
      cwd: options.cwd ?? ROOT,
      env: environment(options.env),
      timeout: options.timeoutMs ?? 60_000,
      maxBuffer: OUTPUT_BYTES,
    };
    const child = execFile(process.execPath, [PROGRAM, ...args], settings, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr, tookMs: performance.now() - startedMs });
    });
  });
}

export interface Running {
  readonly pid: number;
  /** Resolves with the first standard output (or error) line that matches; rejects when the process ends before. */
  line(pattern: RegExp, from?: 'stdout' | 'stderr'): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts `tutti` and lets the test wait for what it says. */
export function startTutti(args: readonly string[], options: TuttiOptions = {}): Running {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? ROOT,
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 120_000,
  });
  const text = { stdout: '', stderr: '' };
  const waiters = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const check of waiters) check();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...text, tookMs: performance.now() - startedMs }));
  });
  const line: Running['line'] = (pattern, from = 'stdout') =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = text[from]
          .split('\n')
          .slice(0, -1)
          .find((each) => pattern.test(each));
        if (found === undefined) return;
        waiters.delete(check);
        resolve(found);
      };
      waiters.add(check);
      check();
      void ended.then(({ code }) =>
        reject(new Error(`ended ${code} before ${pattern}\n${text.stdout}\n${text.stderr}`)),
      );
    });
  return { pid: child.pid ?? 0, line, kill: (signal) => void child.kill(signal), ended };
}

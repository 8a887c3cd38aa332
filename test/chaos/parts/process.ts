/** One process of the cluster under test: started, killed, frozen, started again; it is kept running as a service is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogLine } from '@tutti/testkit/simulation';

/** Pause before a process that could not start (no broker, for the moment) is started again, ms. */
const START_AGAIN_MS = 500;
/** Time for a polite end, ms: longer than the drain of the program itself. */
const DRAIN_MS = 50_000;
/** Level from which pino's lines are kept: warnings and errors. */
const WARN = 40;
const ERROR = 50;

export interface PartOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onLog: (line: LogLine) => void;
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export class Part {
  readonly name: string;
  /** Ends that nobody asked for. */
  readonly falls: string[] = [];
  readonly pids: number[] = [];
  readonly #options: PartOptions;
  #child: ChildProcess | undefined;
  #isWanted = false;
  #isRetired = false;
  #starting: Promise<void> | undefined;
  /** Of the process that was last told to end. */
  #ending: Promise<unknown> | undefined;

  constructor(options: PartOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /**
   * Resolves once the process says that it is ready, however often it has to be started for that. One start at a time: of two
   * processes of one name the second is refused, and would be started again for ever.
   */
  start(): Promise<void> {
    this.#starting ??= this.#startUntilReady().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #startUntilReady(): Promise<void> {
    await this.#ending;
    this.#isWanted = !this.#isRetired;
    if (this.#child !== undefined) return;
    while (this.#isWanted && !(await this.#startOnce())) await pause(START_AGAIN_MS);
  }

  /** The scene is over: a fault that is being healed must not start it again. */
  retire(): void {
    this.#isRetired = true;
    this.thaw();
  }

  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** SIGTERM, and after the longest drain SIGKILL. */
  async leave(): Promise<void> {
    const child = this.#child;
    const late = new AbortController();
    const killing = pause(DRAIN_MS, undefined, { signal: late.signal, ref: false }).then(
      () => {
        this.falls.push(`${this.name} did not drain in ${DRAIN_MS} ms`);
        child?.kill('SIGKILL');
      },
      () => undefined,
    );
    await this.#end('SIGTERM');
    late.abort();
    await killing;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (child === undefined) return;
    this.#ending = once(child, 'close');
    child.kill(signal);
    await this.#ending;
  }

  /** False when it ended before it was ready. */
  #startOnce(): Promise<boolean> {
    const [program = '', ...args] = this.#options.command;
    const env = { ...process.env, ...this.#options.env };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.pids.push(child.pid ?? 0);
    living.add(child);
    let isReady = false;
    createInterface({ input: child.stderr }).on('line', (line) => this.#hear(line));
    return new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.includes('"type":"ready"')) return;
        isReady = true;
        resolve(true);
      });
      child.once('close', (code, signal) => {
        living.delete(child);
        this.#child = undefined;
        if (isReady && this.#isWanted) this.#fell(`${code ?? signal}`);
        resolve(false);
      });
    });
  }

  /** A process that ends by itself is a finding; it is started again all the same. */
  #fell(how: string): void {
    this.falls.push(`${this.name} ended by itself: ${how}`);
    void this.start();
  }

  #hear(line: string): void {
    const { level = 0, msg = line, err } = parse(line);
    if (level < WARN) return;
    const error = err === undefined ? '' : `${err.code ?? ''} ${err.message ?? ''} ${err.stack ?? ''}`.trim();
    const kind = level >= ERROR ? 'error' : 'warn';
    this.#options.onLog({ kind: 'log', at: Date.now(), process: this.name, level: kind, text: msg, error });
  }
}

interface PinoLine {
  readonly level?: number;
  readonly msg?: string;
  readonly err?: { readonly code?: string; readonly message?: string; readonly stack?: string };
}

/** What is no line of the log (a crash's last words) counts as an error. */
function parse(line: string): PinoLine {
  try {
    return JSON.parse(line) as PinoLine;
  } catch {
    return { level: ERROR, msg: line };
  }
}

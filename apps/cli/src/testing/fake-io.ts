/** A process made of strings and of a clock that the test moves. */
import type { Io, Stop, StopSignal } from '../io.ts';

export interface FakeIo extends Io {
  readonly out: string[];
  readonly err: string[];
  /** Exit codes that were forced. */
  readonly exits: number[];
  /** Moves the clock and calls what is due, in order. */
  advance(ms: number): void;
  signal(signal: StopSignal): void;
  resize(columns: number, rows: number): void;
  text(): string;
}

export interface FakeIoOptions {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly nowMs?: number;
}

interface Timer {
  readonly intervalMs: number | undefined;
  readonly callback: () => void;
  dueMs: number;
}

export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const exits: number[] = [];
  const timers = new Set<Timer>();
  const listeners = { signal: new Set<(signal: StopSignal) => void>(), resize: new Set<() => void>() };
  let size = { columns: options.columns ?? 80, rows: options.rows ?? 24 };
  let nowMs = options.nowMs ?? 0;
  const arm = (intervalMs: number, callback: () => void, repeat: boolean): Stop => {
    const timer = { intervalMs: repeat ? intervalMs : undefined, callback, dueMs: nowMs + intervalMs };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const listen = <T>(set: Set<T>, callback: T): Stop => {
    set.add(callback);
    return () => void set.delete(callback);
  };
  const stream = (into: string[]) => ({
    isTTY: options.tty === true,
    write: (text: string) => void into.push(text),
    size: () => size,
  });
  return {
    out,
    err,
    exits,
    stdout: stream(out),
    stderr: stream(err),
    env: options.env ?? {},
    cwd: options.cwd ?? '.',
    stdoutGone: new AbortController().signal,
    now: () => nowMs,
    every: (intervalMs, callback) => arm(intervalMs, callback, true),
    after: (delayMs, callback) => arm(delayMs, callback, false),
    onSignal: (callback) => listen(listeners.signal, callback),
    onResize: (callback) => listen(listeners.resize, callback),
    onExit: () => () => undefined,
    exit: (code) => void exits.push(code),
    onStray: () => () => undefined,
    forbidExit: () => undefined,
    captureConsole: () => () => undefined,
    advance(ms) {
      const until = nowMs + ms;
      for (;;) {
        const next = [...timers].filter((timer) => timer.dueMs <= until).sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined) break;
        nowMs = next.dueMs;
        if (next.intervalMs === undefined) timers.delete(next);
        else next.dueMs += next.intervalMs;
        next.callback();
      }
      nowMs = until;
    },
    signal: (signal) => [...listeners.signal].forEach((callback) => void callback(signal)),
    resize(columns, rows) {
      size = { columns, rows };
      for (const callback of listeners.resize) callback();
    },
    text: () => out.join(''),
  };
}

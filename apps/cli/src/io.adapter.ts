/** The real process behind `Io`. */
import type { Io, Stop, StopSignal, TextOut } from './io.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

function textOut(stream: NodeJS.WriteStream, gone: () => void): TextOut {
  let open = true;
  const write = stream.write.bind(stream);
  // A reader that goes away (`| head`) is no failure of ours: what is left to say is said to nobody.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    gone();
    if (error.code !== 'EPIPE' && error.code !== 'EIO') process.exitCode = 1;
  });
  return {
    isTTY: stream.isTTY === true,
    write: (text) => {
      if (open) write(text);
    },
    // A pseudo-terminal that nobody sized reports 0.
    size: () => ({ columns: stream.columns || DEFAULT_COLUMNS, rows: stream.rows || DEFAULT_ROWS }),
  };
}

function onSignals(callback: (signal: StopSignal) => void): Stop {
  const interrupt = (): void => callback('SIGINT');
  const terminate = (): void => callback('SIGTERM');
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
  };
}

/** Code of other people writes to the process's own streams; `textOut` kept the real way to write for us. */
function captureConsole(callback: (text: string) => void): Stop {
  const streams = [process.stdout, process.stderr];
  const originals = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = (chunk: unknown, ...rest: unknown[]): boolean => {
      callback((chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk)).replace(/\n$/, ''));
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
  }
  return () => {
    for (const [index, stream] of streams.entries()) stream.write = originals[index] ?? stream.write;
  };
}

/** Who may take an error that nobody caught. */
const takers = new Set<(error: unknown) => boolean>();

const exitProcess = process.exit.bind(process);

function forbidExit(): void {
  process.exit = (code?: number | string | null): never => {
    throw new Error(
      `process.exit(${code ?? ''}) was called in code of an agent: throw an error, or make it a \`cmd:\``,
    );
  };
}

export function processIo(): Io {
  const stdoutGone = new AbortController();
  return {
    stdout: textOut(process.stdout, () => stdoutGone.abort()),
    stderr: textOut(process.stderr, () => undefined),
    env: process.env,
    cwd: process.cwd(),
    stdoutGone: stdoutGone.signal,
    now: () => Date.now(),
    every: (intervalMs, callback) => {
      const timer = setInterval(callback, intervalMs);
      return () => clearInterval(timer);
    },
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onSignal: onSignals,
    onResize: (callback) => {
      process.stdout.on('resize', callback);
      return () => process.stdout.off('resize', callback);
    },
    onStray: (callback) => {
      takers.add(callback);
      return () => void takers.delete(callback);
    },
    forbidExit,
    exit: (code) => exitProcess(code),
    onExit: (callback) => {
      process.on('exit', callback);
      return () => process.off('exit', callback);
    },
    captureConsole,
  };
}

/** Calls back for an error that nobody caught or took, in whatever code: it must be told, and the terminal restored. */
export function onCrash(callback: (error: unknown) => void): void {
  const caught = (error: unknown): void => {
    if (![...takers].some((take) => take(error))) callback(error);
  };
  process.on('uncaughtException', caught);
  process.on('unhandledRejection', caught);
}

/** Time that open handles of user code (a timer, a socket) may keep the process after its work is done. */
const LINGER_MS = 100;

/**
 * Lets the process end by itself, and ends it when something still holds it open: an agent's forgotten timer must not
 * keep a finished run from giving the prompt back. By then all output has long been written.
 */
export function endSoon(code: number): void {
  setTimeout(() => exitProcess(code), LINGER_MS).unref();
}

/**
 * What the command line takes from its process: streams, time, signals. Commands and renderers see only this, so that
 * tests run them with a terminal made of strings and a clock of their own.
 */

export type Stop = () => void;

/** One of the two output streams. Writing to a stream whose reader has gone does nothing. */
export interface TextOut {
  readonly isTTY: boolean;
  write(text: string): void;
  /** Cells of the terminal; 80 × 24 where nobody says. */
  size(): { readonly columns: number; readonly rows: number };
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Io {
  readonly stdout: TextOut;
  readonly stderr: TextOut;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted once the reader of standard output has gone (`tutti events … | head`). */
  readonly stdoutGone: AbortSignal;
  /** Wall clock, ms since 1970. */
  now(): number;
  every(intervalMs: number, callback: () => void): Stop;
  after(delayMs: number, callback: () => void): Stop;
  onSignal(callback: (signal: StopSignal) => void): Stop;
  /** Calls back when the terminal has changed its size. */
  onResize(callback: () => void): Stop;
  /** Calls back when the process ends, however it does; the callback must not wait for anything. */
  onExit(callback: () => void): Stop;
  /** Offers each error that nobody caught to a callback, which says whether it took it; else the program ends by it. */
  onStray(callback: (error: unknown) => boolean): Stop;
  /** Makes `process.exit` of other people's code an error: only the program ends the program. */
  forbidExit(): void;
  /** Ends the process at once, with what is unfinished left as it is. */
  exit(code: number): void;
  /** Sends what code of other people prints to a callback, so that it cannot mix with our own output. */
  captureConsole(callback: (text: string) => void): Stop;
}

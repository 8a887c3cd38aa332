import { destination, pino, stdSerializers } from 'pino';
import type { Logger, LogLevel } from './logger.ts';

/** Where lines go: anything with `write`, one JSON line (with its newline) a call. */
export interface LogDestination {
  write(line: string): void;
}

export interface PinoLoggerOptions {
  /** Lines below this level are dropped. */
  readonly level: LogLevel;
  /** Name of the process or role, in every line. */
  readonly name: string;
  /** Default: standard error, so that standard output stays free for what the program prints. */
  readonly destination?: LogDestination;
}

const STDERR_FILE_DESCRIPTOR = 2;

/** The production logger: one JSON line an entry, written synchronously so that a crash loses none. */
export function pinoLogger(options: PinoLoggerOptions): Logger {
  const target = options.destination ?? destination({ fd: STDERR_FILE_DESCRIPTOR, sync: true });
  const settings = { level: options.level, name: options.name, serializers: { error: stdSerializers.err } };
  // pino's own shape `(fields, message)` and `child(fields)` is the port's; no wrapper costs a call a line.
  return pino(settings, target);
}

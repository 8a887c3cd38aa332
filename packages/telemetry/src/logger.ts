/**
 * The logger port: every room logs through it, none knows who writes.
 *
 * Lines are for operators; what a program should react to is an event on the bus, never a log line.
 */

/** Plain data beside the message. An `err` field holds an `Error`; the adapter writes its type, message and stack. */
export type LogFields = Readonly<Record<string, unknown>>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger whose every line carries `fields` too. Bind once where an actor is made, not at each line. */
  child(fields: LogFields): Logger;
}

const nothing = (): void => undefined;

/** Writes nothing. The default of every option called `logger`. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};

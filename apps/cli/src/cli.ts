/** What every command is given: its process and the global options. */
import type { LogLevel } from '@tutti/telemetry';
import type { Io } from './io.ts';
import type { Output } from './render/renderer.ts';

export const DEFAULT_PREFIX = 'tutti';

export interface Globals {
  /** URL of the broker; without it everything runs in this process. */
  readonly nats?: string;
  /** First token of every subject. */
  readonly prefix: string;
  readonly output: Output;
  /** Absent: the command's own level. */
  readonly logLevel?: LogLevel;
}

export interface Cli {
  readonly io: Io;
  readonly globals: Globals;
}

export const VERSION = '0.1.0';

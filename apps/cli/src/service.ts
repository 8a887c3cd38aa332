/** A process that serves until it is told to stop: says `ready` once, drains on the first signal, leaves on the second. */
import type { Logger, LogLevel } from '@tutti/telemetry';
import { pinoLogger } from '@tutti/telemetry';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';

/** Longest drain: running attempts end or are given up; below the 60 s that `docker compose` waits. */
export const DRAIN_MS = 45_000;

const DEFAULT_LEVEL: LogLevel = 'info';

/** The log of a service: JSON lines on standard error. */
export const serviceLog = ({ globals }: Cli, name: string): Logger =>
  pinoLogger({ level: globals.logLevel ?? DEFAULT_LEVEL, name });

export interface Service {
  /** What the ready line tells. */
  readonly ready: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Stops taking work, ends what runs, leaves. */
  drain(timeoutMs: number): Promise<void>;
}

/** Resolves with the exit code once the service has left: 0 after a drain, 1 when it took longer than its limit. */
export async function serve(cli: Cli, log: Logger, start: () => Promise<Service>): Promise<number> {
  const { io, globals } = cli;
  let told: () => void = () => undefined;
  let signals = 0;
  const stopAsked = new Promise<void>((resolve) => (told = resolve));
  const stop = io.onSignal((signal) => {
    signals += 1;
    if (signals > 1) {
      log.warn({ signal }, 'second signal: leaving at once');
      io.exit(EXIT.cancelled);
      return;
    }
    log.info({ signal, limitMs: DRAIN_MS }, 'draining');
    told();
  });
  try {
    const service = await start();
    const { name } = service.ready;
    if (globals.output === 'json') io.stdout.write(`${JSON.stringify({ type: 'ready', ...service.ready })}\n`);
    else if (globals.output !== 'quiet') io.stdout.write(`ready ${name}\n`);
    log.info({ service: service.ready }, 'ready');
    await stopAsked;
    return await drained(cli, log, service);
  } finally {
    stop();
  }
}

async function drained({ io }: Cli, log: Logger, service: Service): Promise<number> {
  let stopTimer = (): void => undefined;
  const late = new Promise<'late'>((resolve) => {
    stopTimer = io.after(DRAIN_MS, () => resolve('late'));
  });
  const end = await Promise.race([service.drain(DRAIN_MS).then(() => 'drained' as const), late]);
  stopTimer();
  if (end === 'late')
    log.error({ limitMs: DRAIN_MS }, 'the drain took longer than its limit: leaving with work unfinished');
  else log.info({}, 'drained');
  return end === 'late' ? EXIT.failed : EXIT.done;
}

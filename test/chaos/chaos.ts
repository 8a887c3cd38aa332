/**
 * `npm run chaos -- --minutes N [--broker single|cluster|both] [--seed S]`, or `--parked N`: real processes and real nats-servers under faults
 * from a seed. The last line of standard output is one line of JSON; ends 0 only when every count that must be 0 is.
 */
import { setMaxListeners } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parked } from './parked.ts';
import type { BrokerKind } from './parts/broker.ts';
import { type Report, report } from './report.ts';
import { type StormOptions, storm } from './storm.ts';

const OPTIONS = {
  minutes: { type: 'string', default: '1' },
  broker: { type: 'string', default: 'both' },
  seed: { type: 'string', default: '1' },
  /** This many runs wait while all is killed, instead of a storm. */
  parked: { type: 'string' },
  /** A folder for all that was seen, as JSON, to look into a finding. */
  keep: { type: 'string' },
} as const;
const USAGE = 'npm run chaos -- [--minutes N | --parked N] [--broker single|cluster|both] [--seed S] [--keep FOLDER]';
const BAD_USAGE = 2;
const INTERRUPTED = 130;
const KINDS: Readonly<Record<string, readonly BrokerKind[]>> = {
  single: ['single'],
  cluster: ['cluster'],
  both: ['single', 'cluster'],
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const isCount = (text: string): boolean => /^\d{1,9}$/.test(text);

async function main(): Promise<number> {
  const { minutes, broker, seed, keep, parked: count } = parseArgs({ options: OPTIONS }).values;
  const kinds = KINDS[broker];
  if (kinds === undefined || !(Number(minutes) > 0) || !isCount(seed) || !isCount(count ?? '1')) {
    say(USAGE);
    return BAD_USAGE;
  }
  const stopped = new AbortController();
  // Every fault and every run under way waits for it.
  setMaxListeners(0, stopped.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const reports: Report[] = [];
  for (const kind of kinds) {
    const options = { kind, seed: Number(seed), forMs: Number(minutes) * 60_000, signal: stopped.signal, say };
    try {
      reports.push(count === undefined ? await stormed(options, keep) : await parked(Number(count), options));
    } catch (error) {
      if (stopped.signal.aborted) return INTERRUPTED;
      throw error;
    }
  }
  const findings = reports.flatMap((each) => each.findings);
  for (const line of findings) say(`  ${line}`);
  process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, brokers: reports.map(({ row }) => row) })}\n`);
  return findings.length === 0 ? 0 : 1;
}

async function stormed(options: StormOptions, keep: string | undefined): Promise<Report> {
  const seen = await storm(options);
  if (keep !== undefined) {
    await mkdir(keep, { recursive: true });
    await writeFile(join(keep, `${options.kind}-${options.seed}.json`), JSON.stringify(seen.facts));
  }
  return report(options, seen);
}

process.exitCode = await main();

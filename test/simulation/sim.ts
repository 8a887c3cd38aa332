/**
 * `npm run sim -- --seeds N [--from S] [--seed S]`: whole clusters from seeds, on all cores, until one breaks a promise or all
 * are through. Ends 0 when every promise held; a failure prints its seed, what is wrong and the tail of its trace.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Cuts } from '@tutti/testkit/simulation';
import { checkSeed } from './check-seed.ts';
import { ALL, searchPlanted } from './planted/program.ts';
import { shareOf, spread } from './shares.ts';
import { shrink, smallest } from './shrink.ts';

const OPTIONS = {
  /** Default: 100, of planted bugs 1,000. */
  seeds: { type: 'string' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  /** Bugs to look for, by name. */
  planted: { type: 'string' },
  /** What is left out, such as `loss,run:1`: as a shrunk failure names it. */
  cut: { type: 'string' },
  /** Of planted bugs: makes what was found small. What breaks by itself always is. */
  shrink: { type: 'boolean' },
  /** `i/n`: of the seeds every n-th, beginning with the i-th. Given to a process of this program by itself. */
  share: { type: 'string' },
} as const;
const USAGE =
  'npm run sim -- [--seeds N] [--from S] | --seed S [--cut WORDS] | --planted [NAMES] [--seeds N] [--shrink]';
const FILE = fileURLToPath(import.meta.url);
const BAD_USAGE = 2;
/** Much is made and dropped at once here: room for it, MB, and no helpers of the garbage collector, as each core has its process. */
const NODE_ARGS = ['--max-semi-space-size=64', '--single-threaded-gc'] as const;
/** Seeds between two lines about how far it is. */
const TELL_EACH = 100;

const isCount = (text: string): boolean => /^[1-9]\d{0,8}$/.test(text);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Failures of one process that are made small; whoever breaks everything need not see it a hundred times. */
const MAX_SHRUNK = 2;

/** Runs these seeds one after another; the number of those that break a promise. */
async function runAll(seeds: readonly number[], cuts: Cuts): Promise<number> {
  let broken = 0;
  for (const [done, seed] of seeds.entries()) {
    try {
      await checkSeed({ seed, cuts });
    } catch (error) {
      broken += 1;
      say(`Again: npm run sim -- --seed ${seed}\n${error instanceof Error ? error.message : String(error)}`);
      const shrunk = broken <= MAX_SHRUNK && cuts.length === 0 ? await shrink({ seed }) : undefined;
      if (shrunk !== undefined) say(smallest(shrunk));
    }
    if ((done + 1) % TELL_EACH === 0) say(`${done + 1} of ${seeds.length} seeds here, ${broken} broken`);
  }
  return broken;
}

/** `--planted` alone means all of them. */
function withDefaults(args: readonly string[]): string[] {
  const at = args.indexOf('--planted');
  const next = args[at + 1];
  if (at < 0 || (next !== undefined && !next.startsWith('--'))) return [...args];
  return [...args.slice(0, at + 1), ALL, ...args.slice(at + 1)];
}

async function main(): Promise<number> {
  const args = withDefaults(process.argv.slice(2));
  const {
    seeds,
    from,
    seed,
    share,
    planted,
    cut,
    shrink: shrinks = false,
  } = parseArgs({ args, options: OPTIONS }).values;
  const count = seeds ?? (planted === undefined ? '100' : '1000');
  if (![count, from, seed ?? '1'].every(isCount)) {
    say(USAGE);
    return BAD_USAGE;
  }
  const cuts = cut === undefined ? [] : cut.split(',');
  const first = Number(seed ?? from);
  const all = Array.from({ length: seed === undefined ? Number(count) : 1 }, (_, i) => first + i);
  if (planted !== undefined) return searchPlanted({ file: FILE, name: planted, seeds: all, share, cuts, shrinks, say });
  if (share !== undefined) return (await runAll(shareOf(all, share), cuts)) === 0 ? 0 : 1;
  const startedAt = performance.now();
  const program = { file: FILE, args: ['--from', `${first}`, '--seeds', `${all.length}`], nodeArgs: NODE_ARGS };
  const failed = all.length === 1 ? await runAll(all, cuts) : await spread(program, all.length);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  const verdict = failed === 0 ? 'every promise held' : 'promises broken';
  say(`Seeds ${first} to ${first + all.length - 1}: ${verdict}, ${seconds} s`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();

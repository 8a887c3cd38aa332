/**
 * `npm run sim -- --seeds N [--from S] [--seed S]`: whole clusters from seeds, on all cores, until one breaks a promise or all
 * are through. Ends 0 when every promise held; a failure prints its seed, what is wrong and the tail of its trace.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkSeed } from './check-seed.ts';

const OPTIONS = {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  /** `i/n`: of the seeds every n-th, beginning with the i-th. Given to a process of this program by itself. */
  share: { type: 'string' },
} as const;
const USAGE = 'npm run sim -- [--seeds N] [--from S] | --seed S';
const BAD_USAGE = 2;
/** Seeds between two lines about how far it is. */
const TELL_EACH = 100;

const isCount = (text: string): boolean => /^[1-9]\d{0,8}$/.test(text);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs these seeds one after another; the number of those that break a promise. */
async function runAll(seeds: readonly number[]): Promise<number> {
  let broken = 0;
  for (const [done, seed] of seeds.entries()) {
    try {
      await checkSeed({ seed });
    } catch (error) {
      broken += 1;
      say(`Again: npm run sim -- --seed ${seed}\n${error instanceof Error ? error.message : String(error)}`);
    }
    if ((done + 1) % TELL_EACH === 0) say(`${done + 1} of ${seeds.length} seeds here, ${broken} broken`);
  }
  return broken;
}

/** One process a core, each with its share; the number of processes that found something. */
async function spread(first: number, count: number): Promise<number> {
  const shares = Math.min(availableParallelism(), count);
  const ends = Array.from({ length: shares }, (_, i) => {
    const args = [
      fileURLToPath(import.meta.url),
      '--from',
      `${first}`,
      '--seeds',
      `${count}`,
      '--share',
      `${i}/${shares}`,
    ];
    const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    return new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code === 0 ? 0 : 1));
    });
  });
  return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
}

async function main(): Promise<number> {
  const { seeds, from, seed, share } = parseArgs({ options: OPTIONS }).values;
  if (![seeds, from, seed ?? '1'].every(isCount)) {
    say(USAGE);
    return BAD_USAGE;
  }
  const [first, count] = seed === undefined ? [Number(from), Number(seeds)] : [Number(seed), 1];
  const all = Array.from({ length: count }, (_, i) => first + i);
  if (share !== undefined) {
    const [mine = 0, shares = 1] = share.split('/').map(Number);
    return (await runAll(all.filter((_, i) => i % shares === mine))) === 0 ? 0 : 1;
  }
  const startedAt = performance.now();
  const failed = count === 1 ? await runAll(all) : await spread(first, count);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  say(
    `Seeds ${first} to ${first + count - 1}: ${failed === 0 ? 'every promise held' : 'promises broken'}, ${seconds} s`,
  );
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();

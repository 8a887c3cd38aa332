/** The program `bench`: reads its words, measures, prints one line of JSON. */
import { parseArgs } from 'node:util';
import { serveAgents } from './agents-process.ts';
import { kernelBench } from './kernel/bench.ts';
import { replayBench } from './kernel/replay.ts';
import { makespanBench } from './makespan/bench.ts';
import { planBench } from './plan/bench.ts';
import { growthBench } from './plan/growth.ts';
import { psplibBench } from './psplib/bench.ts';
import { seedDagBench } from './seed-dag/bench.ts';
import { printLine } from './time.adapter.ts';

const USAGE = [
  'bench seed-dag [--nats] [--url URL] [--concurrency N] [--runs N] [--warm-up N]',
  'bench kernel [--runs N]',
  'bench replay [--nats]',
  'bench plan',
  'bench plan-growth',
  'bench makespan [--nats] [--url URL] [--least-ms N] [--runs N] [--warm-up N]',
  'bench psplib DIR [--budget-ms N]',
].join('\n');
const BAD_USAGE = 2;
const isCount = (text: string): boolean => /^[1-9]\d{0,5}$/.test(text);

/** So many that a round, a fifth of them, is not mostly its beginning and its end, where less is in flight. */
const SEED_DAG_RUNS = '2500';
const KERNEL_RUNS = '500';

const OPTIONS = {
  nats: { type: 'boolean', default: false },
  url: { type: 'string' },
  concurrency: { type: 'string', default: '64' },
  runs: { type: 'string' },
  'warm-up': { type: 'string', default: '1500' },
} as const;
const MAKESPAN = {
  nats: OPTIONS.nats,
  url: OPTIONS.url,
  'least-ms': { type: 'string', default: '50' },
  runs: { type: 'string', default: '7' },
  'warm-up': { type: 'string', default: '20' },
} as const;
const BUDGET = { 'budget-ms': { type: 'string', default: '50' } } as const;

function usage(): number {
  printLine(USAGE);
  return BAD_USAGE;
}

/** One line a set, as soon as it is measured. */
function psplib(argv: readonly string[]): number {
  const { values, positionals } = parseArgs({ args: [...argv], options: BUDGET, allowPositionals: true });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0 || !isCount(values['budget-ms'])) return usage();
  for (const row of psplibBench(folder, Number(values['budget-ms']))) printLine(JSON.stringify(row));
  return 0;
}

/** One line a workflow, as soon as it is measured. */
async function makespan(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: MAKESPAN });
  const { nats, url, runs, 'least-ms': least, 'warm-up': warmUp } = values;
  if (![least, runs, warmUp].every(isCount)) return usage();
  const at = url === undefined ? {} : { url };
  const counts = { leastMs: Number(least), runs: Number(runs), warmUpRuns: Number(warmUp) };
  for await (const row of makespanBench({ nats, ...at, ...counts })) printLine(JSON.stringify(row));
  return 0;
}

export async function main(argv: readonly string[]): Promise<number> {
  const [what, side, url, instances] = argv;
  if (what === 'agents') {
    await serveAgents(side ?? '', url ?? '', Number(instances));
    return 0;
  }
  if (what === 'plan') {
    printLine(JSON.stringify(planBench()));
    return 0;
  }
  if (what === 'plan-growth') {
    printLine(JSON.stringify(growthBench()));
    return 0;
  }
  if (what === 'replay') {
    const { values } = parseArgs({ args: argv.slice(1), options: { nats: OPTIONS.nats } });
    printLine(JSON.stringify(await replayBench(values)));
    return 0;
  }
  if (what === 'makespan') return makespan(argv.slice(1));
  if (what === 'psplib') return psplib(argv.slice(1));
  if (what !== 'seed-dag' && what !== 'kernel') return usage();
  const { values } = parseArgs({ args: argv.slice(1), options: OPTIONS });
  const { nats, concurrency, 'warm-up': warmUp } = values;
  const { runs = what === 'kernel' ? KERNEL_RUNS : SEED_DAG_RUNS } = values;
  if (!isCount(concurrency) || !isCount(runs) || !isCount(warmUp)) return usage();
  if (what === 'kernel') {
    printLine(JSON.stringify(await kernelBench({ runs: Number(runs) })));
    return 0;
  }
  const at = values.url === undefined ? {} : { url: values.url };
  const counts = { concurrency: Number(concurrency), runs: Number(runs), warmUpRuns: Number(warmUp) };
  const report = await seedDagBench({ nats, ...at, ...counts });
  printLine(JSON.stringify(report));
  return 0;
}

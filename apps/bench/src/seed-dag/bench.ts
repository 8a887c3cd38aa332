/** Measures the seed DAG: both sides in turns within one run, so that a slow moment of the machine hits both. */
import { startNatsServer } from '@tutti/testkit/nats-servers';
import { startAgents } from '../agents-process.ts';
import { bareSide } from '../bare/dag.ts';
import { emptyMeasure, type RunOnce, round } from '../rounds.ts';
import { BODY } from './definition.ts';
import { embeddedSide } from './embedded.ts';
import { natsSide } from './over-nats.ts';
import { type MeasuredSide, ratiosOf, type SeedDagReport, sideOf, targetsOf } from './report.ts';

export interface SeedDagOptions {
  readonly nats: boolean;
  readonly url?: string;
  readonly concurrency: number;
  /** Runs of each side and each way of measuring. */
  readonly runs: number;
  /** Runs of each side before anything is measured: the compiler of the language takes some thousand to settle. */
  readonly warmUpRuns: number;
}

const ROUNDS = 5;
/** Idle instances enough for all runs in flight, with some to spare while heartbeats are on their way. */
const SPARE_INSTANCES = 8;

const emptySide = (): MeasuredSide => ({ oneAtATime: emptyMeasure(), concurrent: emptyMeasure() });

/** Warms each side up, then measures them in turns. */
async function measure(
  sides: readonly RunOnce[],
  { runs, warmUpRuns, concurrency }: SeedDagOptions,
): Promise<MeasuredSide[]> {
  const perRound = Math.max(1, Math.ceil(runs / ROUNDS));
  const measured = sides.map(emptySide);
  for (const run of sides) await round(emptyMeasure(), run, warmUpRuns, concurrency);
  for (let n = 0; n < ROUNDS; n++) {
    for (const [i, run] of sides.entries()) {
      const into = measured[i] ?? emptySide();
      await round(into.oneAtATime, run, perRound, 1);
      await round(into.concurrent, run, perRound, concurrency);
    }
  }
  return measured;
}

const about = (options: SeedDagOptions) => ({
  bench: 'seed-dag' as const,
  node: process.version,
  concurrency: options.concurrency,
  instancesPerRole: options.concurrency + SPARE_INSTANCES,
  warmUpRuns: options.warmUpRuns,
  pool: '1,000,000 units and 100,000 agents at once for steps of 1 unit: admission holds nothing back',
});

async function embedded(options: SeedDagOptions): Promise<SeedDagReport> {
  const side = await embeddedSide(options.concurrency + SPARE_INSTANCES);
  const [measured] = await measure([side.run], options).finally(() => side.stop());
  const tutti = sideOf(measured ?? emptySide());
  const where = 'everything in one process, on the memory bus';
  const targets = targetsOf(tutti, null);
  return { ...about(options), over: 'memory', durable: false, where, tutti, ratios: null, targets };
}

type Stop = () => Promise<void>;

async function overNats(options: SeedDagOptions, url: string, synced: boolean, stops: Stop[]): Promise<SeedDagReport> {
  const instances = options.concurrency + SPARE_INSTANCES;
  const tuttiSide = await natsSide(url);
  stops.push(tuttiSide.stop);
  const bare = await bareSide(url, BODY);
  stops.push(bare.stop);
  for (const side of ['tutti', 'bare'] as const) stops.push(await startAgents(side, url, instances));
  const [a, b, c] = (await measure([tuttiSide.run, bare.run, bare.runRecorded], options)).map(sideOf);
  if (a === undefined || b === undefined || c === undefined) throw new Error('A side was not measured');
  const ratios = ratiosOf(a, b);
  return {
    ...about(options),
    over: 'nats',
    durable: true,
    where: `driver and all node roles in the bench process, agents of each side in a process of their own${synced ? ', every append synced' : ''}`,
    server: bare.serverVersion,
    tutti: a,
    bare: b,
    recorded: c,
    ratios,
    recordedRatios: ratiosOf(c, b),
    overRecorded: ratiosOf(a, c),
    targets: targetsOf(a, ratios),
  };
}

/** Measures and returns what is to be printed. Starts a server with file storage, synced always, unless `url` is given. */
export async function seedDagBench(options: SeedDagOptions): Promise<SeedDagReport> {
  if (!options.nats && options.url === undefined) return embedded(options);
  const stops: Stop[] = [];
  try {
    const server =
      options.url === undefined ? await startNatsServer({ version: 'current', syncAlways: true }) : undefined;
    if (server !== undefined) stops.push(() => server.stop());
    return await overNats(options, options.url ?? server?.url ?? '', server !== undefined, stops);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

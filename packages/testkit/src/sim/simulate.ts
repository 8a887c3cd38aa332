/** One run of the simulation from one seed: a cluster, its work, its faults, and what became of it. */
import type { Bus } from '@tutti/bus';
import type { Role } from '@tutti/cluster';
import {
  keepMsOf,
  type MessageOf,
  type RunView,
  TuttiError,
  type TuttiEvent,
  type WorkflowDefinition,
  type WorkflowJson,
} from '@tutti/contracts';
import { startChaos } from './chaos.ts';
import { ALL_ROLES, type ClusterOptions, SimCluster } from './cluster.ts';
import { type Cuts, cutRates, cutRuns, cutStormMs } from './cuts.ts';
import { Decider } from './decider.ts';
import { echoFrom, type FaultRates, faultsFrom, heavyFaultsFrom, NO_FAULTS, powerFrom } from './faults.ts';
import { operate, retried } from './operator.ts';
import type { ProcessWorld } from './process.ts';
import { type Seeded, seeded } from './random.ts';
import { VirtualTime } from './time.ts';
import { Trace } from './trace.ts';
import { contest, randomDag, seedDag } from './workflows.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Default: from the seed. */
  readonly rates?: FaultRates;
  readonly mischief?: number;
  /** Longest work of an attempt, virtual ms. Default: from the seed. */
  readonly maxWorkMs?: number;
  readonly nodes?: number;
  /** How long work goes on that nobody hears of, virtual ms. Default: from the seed. */
  readonly aloneMs?: number;
  /** Faults by hand, beside those of the rates. Called once, when the cluster starts. */
  readonly deeds?: (cluster: SimCluster, time: VirtualTime) => void;
  /** True: messages between actors of one node skip the bus, as in production; the trace does not show those. */
  readonly skipSocket?: boolean;
  /** Runs at once. Default: one to four. */
  readonly runs?: readonly WorkflowDefinition[];
  /** When the late agents join, virtual ms. Default: from the seed. */
  readonly lateMs?: number;
  /** Faults stop after this, virtual ms. */
  readonly stormMs?: number;
  /** By then, after the faults have stopped, every run must have ended, virtual ms. */
  readonly calmMs?: number;
  /** What is left out (`cuts.ts`). */
  readonly cuts?: Cuts;
}

/** What is known of one run at the end. */
export interface RunEnd {
  readonly run: string;
  readonly definition?: WorkflowDefinition;
  readonly acceptedAt: number | undefined;
  readonly view: RunView | undefined;
  readonly context: WorkflowJson | undefined;
  /** Recorded events, as the cluster gives them at the end. */
  readonly events: readonly TuttiEvent[];
}

export interface Simulation {
  readonly seed: number;
  readonly rates: FaultRates;
  readonly stormMs: number;
  readonly trace: Trace;
  readonly runs: readonly RunEnd[];
  /** Whether every run was over in time. */
  readonly converged: boolean;
  /** Virtual ms. */
  readonly elapsed: number;
  readonly steps: number;
  /** The pool one lease period after the last run ended; undefined when nobody answered. */
  readonly pool: MessageOf<'resource.state'> | undefined;
  /** Attempts that agents work on at that time. */
  readonly working: readonly string[];
  /** A connection that no fault touches, to read what is stored. */
  readonly store: Bus;
}

/** Step time-outs, retries and a barrier of 15 s, one after another, and two lease periods of the pool. */
export const DEFAULT_CALM_MS = 150_000;
export const DEFAULT_STORM_MS = 25_000;

export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const random = seeded(options.seed);
  const time = new VirtualTime(random.fork('ties'));
  const trace = new Trace();
  const world: ProcessWorld = { time, trace, random };
  const { cuts = [] } = options;
  const allRates = options.rates ?? ratesOf(options.seed, random);
  const rates = cutRates(allRates, cuts);
  const stormMs = cutStormMs(options.stormMs ?? (allRates === NO_FAULTS ? 0 : DEFAULT_STORM_MS), cuts);
  const stormy = (): boolean => time.elapsed < stormMs;
  const shape = clusterOf(options, random, rates);
  const cluster = new SimCluster(world, shape, stormy);
  cluster.start();
  startChaos(world, cluster, rates, cluster.weather);
  options.deeds?.(cluster, time);
  const works = cutRuns(options.runs ?? runsOf(options.seed, random.fork('runs')), cuts).flatMap((definition, i) => {
    if (definition === undefined) return [];
    return [new Work(world, cluster, `r${i}-${options.seed}`, definition, random.fork(`submit/${i}`))];
  });
  const done = (): boolean => works.every((work) => work.done) && !stormy();
  const converged = await time.runUntil(done, stormMs + (options.calmMs ?? DEFAULT_CALM_MS));
  const runs = works.map((work) => work.end);
  const pool = await poolAtRest(cluster, time, LEASE_OVER_MS + keepMsOf(shape.aloneMs));
  return {
    seed: options.seed,
    rates,
    stormMs,
    trace,
    runs,
    converged,
    pool,
    working: cluster.working(),
    elapsed: time.elapsed,
    steps: time.events,
    store: cluster.broker.connect('inspector'),
  };
}

/** A lease that nobody renews runs out after 10 s, and is free when work that nobody hears of is over; what is held then has leaked. */
const LEASE_OVER_MS = 12_000;
/** Between two looks at a pool that is not empty yet. */
const LOOK_MS = 2_000;

/** The pool once nobody works and nothing is held (one that is not open yet does not know), at the latest when all leases that nobody renews must be over. */
async function poolAtRest(
  cluster: SimCluster,
  time: VirtualTime,
  overMs: number,
): Promise<MessageOf<'resource.state'> | undefined> {
  const endMs = time.elapsed + overMs;
  await time.runUntil(() => cluster.working().length === 0, endMs);
  for (;;) {
    const state = await askPool(cluster, time);
    if ((state?.open === true && state.leases.length === 0) || time.elapsed >= endMs) return state;
    await time.runUntil(() => false, Math.min(endMs, time.elapsed + LOOK_MS));
  }
}

async function askPool(cluster: SimCluster, time: VirtualTime): Promise<MessageOf<'resource.state'> | undefined> {
  let state: MessageOf<'resource.state'> | undefined;
  void cluster.pool().then((answer) => {
    state = answer;
  });
  await time.runUntil(() => state !== undefined, time.elapsed + LEASE_OVER_MS);
  return state;
}

/** Every fifth seed has heavy weather. */
function ratesOf(seed: number, random: Seeded): FaultRates {
  const rates = random.fork('rates');
  return {
    ...(seed % 5 === 0 ? heavyFaultsFrom(rates) : faultsFrom(rates)),
    ...powerFrom(random.fork('power')),
    ...echoFrom(random.fork('echo')),
  };
}

/** Nodes of one role each, and one of two: so nothing that a role needs of another is by chance in its own process. */
const APART: readonly (readonly Role[])[] = [['supervisor'], ['context'], ['resources'], ['supervisor', 'context']];

/** Some join before anybody needs them, some when all others have long been done. */
const LATE_MS = { from: 0, to: 60_000 };

/** Two in ten seeds have their roles apart. */
const isApart = (seed: number): boolean => seed % 10 === 0 || seed % 10 === 3;

/** How long work goes on that nobody hears of, ms: from less than most faults last to longer than any. */
const ALONE_MS = [2_000, 6_000, 20_000] as const;

/** Share of seeds whose journals are cut again and again, and after how many records: a run of the simulation has some fifty. */
const CUT_JOURNALS = 0.25;
const CHECKPOINT_EVERY = 12;

function clusterOf(
  { seed, mischief, maxWorkMs, nodes, aloneMs, lateMs, skipSocket = false, cuts = [] }: SimulationOptions,
  random: Seeded,
  rates: FaultRates,
): ClusterOptions {
  const shape = random.fork('cluster');
  const count = nodes ?? 1 + shape.int(3);
  const all = nodes === undefined && isApart(seed) ? APART : Array.from({ length: count }, () => ALL_ROLES);
  const [agentProcesses, instances] = [1 + shape.int(2), 1 + shape.int(2)];
  const isAlone = cuts.includes('agents');
  const isCut = random.fork('checkpoints').chance(CUT_JOURNALS);
  const alone = random.fork('alone');
  const drawnMs = alone.pick(ALONE_MS);
  return {
    nodes: cuts.includes('nodes') ? [ALL_ROLES] : all,
    agentProcesses: isAlone ? 1 : agentProcesses,
    instances: isAlone ? 1 : instances,
    rates,
    skipSocket,
    aloneMs: aloneMs ?? drawnMs,
    seesDeath: alone.chance(0.5),
    checkpointEvery: isCut && !cuts.includes('checkpoints') ? CHECKPOINT_EVERY : undefined,
    lateMs: lateMs ?? shape.between(LATE_MS.from, LATE_MS.to),
    script: scriptOf(seed, shape, { mischief: cuts.includes('mischief') ? 0 : mischief, maxWorkMs }),
  };
}

/** Both are drawn whatever is given: what is cut changes nothing else. */
function scriptOf(
  seed: number,
  shape: Seeded,
  given: { readonly mischief: number | undefined; readonly maxWorkMs: number | undefined },
): ClusterOptions['script'] {
  const drawn = { mischief: shape.pick([0, 0.1, 0.3]), maxWorkMs: shape.pick([50, 500, 2_500]) };
  return { seed, mischief: given.mischief ?? drawn.mischief, maxWorkMs: given.maxWorkMs ?? drawn.maxWorkMs };
}

/** In every twelfth seed one more run has writers who contest a place: the other seeds stay as they were before there were any. */
const isContested = (seed: number): boolean => seed % 12 === 3;

function runsOf(seed: number, random: Seeded): readonly WorkflowDefinition[] {
  const count = 1 + random.int(4);
  const drawn = Array.from({ length: count }, (_, i) =>
    random.chance(0.4) ? seedDag() : randomDag(random, `dag-${i}`),
  );
  return isContested(seed) ? [...drawn, contest(random.fork('contest'))] : drawn;
}

/** Pause of a user before what failed is tried again, ms. */
const TRY_AGAIN_MS = 500;

/** A run is retried once at the most: each life has its own bound of time. */
const MOST_LIVES = 2;

/** One run as its user sees it: submitted until accepted, watched to its end, then looked at. */
class Work {
  readonly #world: ProcessWorld;
  readonly #cluster: SimCluster;
  readonly #run: string;
  readonly #definition: WorkflowDefinition;
  readonly #random: Seeded;
  readonly #decider: Decider;
  #acceptedAt: number | undefined;
  #view: RunView | undefined;
  #context: WorkflowJson | undefined;
  #events: readonly TuttiEvent[] = [];
  done = false;

  constructor(world: ProcessWorld, cluster: SimCluster, run: string, definition: WorkflowDefinition, random: Seeded) {
    this.#world = world;
    this.#cluster = cluster;
    this.#run = run;
    this.#definition = definition;
    this.#random = random;
    const untilDone = this.#untilDone.bind(this);
    const decided = { client: cluster.client, time: world.time, run, untilDone };
    this.#decider = new Decider(decided, random.fork('conflicts'));
    world.time.after(random.between(0, 5_000), () => void this.#drive());
  }

  get end(): RunEnd {
    const { run, definition, acceptedAt, view, context, events } = {
      run: this.#run,
      definition: this.#definition,
      acceptedAt: this.#acceptedAt,
      view: this.#view,
      context: this.#context,
      events: this.#events,
    };
    return { run, definition, acceptedAt, view, context, events };
  }

  async #drive(): Promise<void> {
    const { client } = this.#cluster;
    const run = this.#run;
    await this.#untilDone('submit', () => client.submit({ run, definition: this.#definition }));
    const { time, trace } = this.#world;
    this.#acceptedAt = time.elapsed;
    const note = (text: string): void => trace.add({ kind: 'note', at: time.elapsed, text });
    const operated = { client, time, run, note };
    void operate(operated, this.#random.fork('operator'));
    const steps = this.#definition.steps.map(({ id }) => id);
    let from = await this.#watchToEnd(1);
    for (let life = 1; life < MOST_LIVES; life++) {
      if (!(await retried(operated, steps, this.#random.fork(`retry/${life}`)))) break;
      from = await this.#watchToEnd(from);
    }
    while (await this.#decider.rest()) from = await this.#watchToEnd(from);
    await this.#lookBack();
  }

  /** The sequence of the first event that was not watched. */
  async #watchToEnd(first: number): Promise<number> {
    const { client } = this.#cluster;
    const run = this.#run;
    let next = first;
    await this.#untilDone('watch', async () => {
      const from = next;
      for await (const event of client.watch(run, { fromSeq: from })) {
        this.#world.trace.add({ kind: 'watched', at: this.#world.time.elapsed, run, from, event });
        this.#decider.heard(event);
        if (event.seq !== undefined && event.type !== 'step.progress') next = event.seq + 1;
      }
    });
    return next;
  }

  async #lookBack(): Promise<void> {
    const { client } = this.#cluster;
    const run = this.#run;
    for (;;) {
      this.#view = await this.#untilDone('status', () => client.status(run));
      this.#context = await this.#untilDone('context', async () => (await client.context(run)).values[''] ?? {});
      this.#events = await this.#untilDone('events', async () => collect(client.events(run)));
      // A run whose end was lost while its user looked goes on to another.
      if (!this.#cluster.hasLostPower || this.#events.at(-1)?.type === 'run.finished') break;
      await this.#world.time.sleep(TRY_AGAIN_MS);
    }
    this.done = true;
  }

  /**
   * What is left to do after a power loss: an operator has what lies aside go on from what is left, and a user whose run is gone
   * submits it again.
   */
  async #takeUpAgain(error: unknown): Promise<void> {
    const { client } = this.#cluster;
    const run = this.#run;
    const { code } = TuttiError.from(error);
    if (code === 'run_set_aside') await this.#tryOnce('taking up again', () => client.letters.retry(run));
    if (code !== 'unknown_run') return;
    await this.#tryOnce('submitting again', () => client.submit({ run, definition: this.#definition }));
  }

  async #tryOnce(what: string, call: () => Promise<unknown>): Promise<void> {
    const { time, trace } = this.#world;
    const end = await call().then(
      () => 'is done',
      (failed: unknown) => `failed: ${String(failed)}`,
    );
    trace.add({ kind: 'note', at: time.elapsed, text: `${what} of ${this.#run} ${end}` });
  }

  /** Tries for ever: whether it ends in time is what the simulation asks. */
  async #untilDone<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { time, trace } = this.#world;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        trace.add({ kind: 'note', at: time.elapsed, text: `${what} of ${this.#run} failed: ${String(error)}` });
        if (this.#cluster.hasLostPower) await this.#takeUpAgain(error);
        await time.sleep(TRY_AGAIN_MS);
      }
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

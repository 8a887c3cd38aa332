/**
 * How long it takes until an actor with a long journal is here: one record an event, read from the broker and replayed; and the
 * same once the journal was cut at a checkpoint.
 */
import { type Bus, connectNats, createMemoryBus } from '@tutti/bus';
import { contextKind } from '@tutti/context';
import { createSubjects, type WorkflowDefinition } from '@tutti/contracts';
import {
  type ActorKind,
  type Checkpoint,
  createBusJournals,
  createExchange,
  createHost,
  createStepper,
  type Draft,
  EMPTY_TAIL,
  formsOf,
  freeze,
  systemClock,
  systemIds,
  systemRandom,
} from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { createRunMachine, workflowKind } from '@tutti/supervisor';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { startNatsServer } from '@tutti/testkit/nats-servers';
import { median, rounded } from '../arithmetic.ts';
import { nowMs } from '../time.adapter.ts';
import { type Event, inputOf, takeRun, workOf } from './script.ts';

const RECORDS = 10_000;
const ROUNDS = 5;
const RUN = 'long';

interface Row {
  readonly records: number;
  /** Median until the actor is here, ms: all replayed, and from a checkpoint. */
  readonly replayedMs: number;
  readonly checkpointMs: number;
}

export interface ReplayReport {
  readonly bench: 'replay';
  readonly node: string;
  readonly server: string;
  readonly run: Row;
  readonly context: Row;
  readonly targets: Readonly<Record<string, boolean>>;
}

/** An actor's whole life: what its machine was started with, and each event. */
interface Life {
  readonly key: string;
  readonly kind: ActorKind;
  readonly input: unknown;
  readonly events: readonly Event[];
}

export async function replayBench({ nats }: { readonly nats: boolean }): Promise<ReplayReport> {
  const server = nats ? await startNatsServer({ version: 'current' }) : undefined;
  const bus = server === undefined ? createMemoryBus() : await connectNats({ servers: server.url, name: 'bench' });
  try {
    const run = await rowOf(bus, longRun());
    const context = await rowOf(bus, longContext());
    const targets = {
      'budget: 10,000 records of a run < 1 s': run.replayedMs < 1_000,
      'budget: 10,000 records of a context < 1 s': context.replayedMs < 1_000,
    };
    return { bench: 'replay', node: process.version, server: server?.version ?? 'memory', run, context, targets };
  } finally {
    await bus.close();
    await server?.stop();
  }
}

async function rowOf(bus: Bus, life: Life): Promise<Row> {
  const tail = await write(bus, life);
  const replayedMs = await loaded(bus, life);
  await checkpoint(bus, life, tail);
  return { records: life.events.length, replayedMs, checkpointMs: await loaded(bus, life) };
}

async function write(bus: Bus, { key, input, events }: Life): Promise<typeof EMPTY_TAIL> {
  const journal = createBusJournals(bus).open(key);
  let tail = EMPTY_TAIL;
  for (const event of events) {
    const record = { kind: 'steps', id: systemIds.next(), epoch: 1, time: event['at'] as number, end: false } as const;
    const first = tail.n === 0 ? { input } : {};
    tail = await journal.append(tail, { ...record, ...first, events: [event as never] });
  }
  return tail;
}

/** What an owner of the actor does with its journal, once. */
async function checkpoint(bus: Bus, { key, kind, input, events }: Life, tail: typeof EMPTY_TAIL): Promise<void> {
  const stepper = createStepper(kind.machine);
  let { snapshot } = stepper.start(input);
  for (const event of events) ({ snapshot } = stepper.step(snapshot, event));
  const state = { snapshot: freeze(snapshot), timers: [], told: 0 };
  const journal = createBusJournals(bus).open(key);
  const record: Draft = { kind: 'steps', id: '', epoch: 1, time: 1, end: false, events: [] };
  let before: Checkpoint | undefined;
  let end = tail;
  // What a checkpoint covers goes with the next one.
  for (let n = 0; n < 2; n++) {
    const said = await journal.seal?.({ state, tail: end, forms: formsOf(kind), before, by: systemIds.next() });
    if (said === undefined) throw new Error('The journal cannot be cut');
    end = await journal.append(end, { ...record, id: systemIds.next(), checkpoint: said });
    await journal.cut?.({ said, before });
    before = said;
  }
}

/** Median ms until a new process has the actor. */
async function loaded(bus: Bus, { key, kind }: Life): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const ports = { ...{ bus, clock: systemClock, random: systemRandom, ids: systemIds }, subjects: createSubjects() };
    const own = { ...ports, log: silentLogger, meter: noopMeter };
    const exchange = createExchange(own, { identity: `bench-${n}` });
    // Nothing but the loading: it must not write.
    const quiet = { ...kind, accepts: { ...kind.accepts, 'actor.recovered': 'volatile' } } as const;
    const host = createHost(own, exchange, quiet, { subjects: [], idOf: () => RUN, logKeyOf: () => key });
    const startedMs = nowMs();
    const actor = await host.ensure({ run: RUN, shard: '1' });
    times.push(nowMs() - startedMs);
    if (actor?.snapshot === undefined) throw new Error(`The actor of ${key} was not loaded`);
    host.release(() => true);
  }
  return rounded(median(times));
}

/** A chain that is as long as it takes. */
function longRun(): Life {
  const events: Event[] = [];
  takeRun(createStepper(createRunMachine()), RUN, workOf(chain(RECORDS / EVENTS_A_STEP)), (e) => void events.push(e));
  const kind = workflowKind({ owner: 'bench', subjects: createSubjects(), pool: 'default' });
  return { key: `wf.1.${RUN}`, kind, input: inputOf(RUN), events: events.slice(0, RECORDS) };
}

/** Of a step in a chain, rounded down. */
const EVENTS_A_STEP = 4;

const chain = (steps: number): WorkflowDefinition =>
  workflow(RUN, (w) => {
    for (let n = 0; n < steps; n++) w.step(`s${n}`, { agent: 'a', dependencies: n === 0 ? [] : [`s${n - 1}`] });
  });

function longContext(): Life {
  const kind = contextKind();
  const opened = { type: 'context.open', run: RUN, ownerEpoch: 1, ownership: {}, initial: {}, at: 1 };
  const events: Event[] = [opened];
  for (let n = 1; n < RECORDS; n++) {
    const [step, path] = [`s${n % 100}`, `/s${n % 100}/doc`];
    const writes = [{ op: 'set', path, value: `document ${n}` }];
    const of = { run: RUN, ownerEpoch: 1, step, author: 'a', generation: n, epoch: n, base: n - 1 };
    events.push({ type: 'context.commit', ...of, writes, reads: [path], at: n });
  }
  return { key: `ctx.1.${RUN}`, kind, input: kind.input({ run: RUN, shard: '1' }, undefined, 1), events };
}

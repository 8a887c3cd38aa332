/** One storm over one broker: everything is started, hit for a while, left to heal, and looked at. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type LogLine, type Observation, seeded } from '@tutti/testkit/simulation';
import type { Facts } from './checks/facts.ts';
import { type Broker, type BrokerKind, startBroker } from './parts/broker.ts';
import { AGENTS, Fleet, NODES, SEPARABLE } from './parts/fleet.ts';
import { type Injected, inject } from './parts/injector.ts';
import { createNetwork, type Network } from './parts/network.ts';
import { endOrphans } from './parts/orphans.ts';
import { planFaults } from './plan.ts';
import { atRest, type Rest } from './rest.ts';
import { Driver } from './work/driver.ts';
import { readExecutions } from './work/executions.ts';
import { Inspector } from './work/inspector.ts';

export interface StormOptions {
  readonly kind: BrokerKind;
  readonly seed: number;
  readonly forMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Storm {
  readonly version: string;
  /** Whether some processes were cut off by the network. */
  readonly isSeparated: boolean;
  readonly facts: Facts;
  /** From the last fault to the end of the last run, ms. */
  readonly settledMs: number;
  readonly rest: Rest;
}

/** By then, after the last fault, every run must have ended, ms: retries, time-outs of steps and leases one after another. */
const SETTLE_MS = 120_000;

/** What was started, so that it can be stopped whatever happens. */
interface World {
  readonly ledger: string;
  readonly networks: ReadonlyMap<string, Network>;
  readonly broker: Broker;
  readonly fleet: Fleet;
  readonly logs: LogLine[];
}

export async function storm(options: StormOptions): Promise<Storm> {
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    const world = await build(options, cleanups);
    options.say(`${options.kind}: nats-server ${world.broker.version}, ${world.fleet.parts.size} processes are up`);
    return await rage(options, world, cleanups);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error: unknown) => options.say(String(error)));
  }
}

async function build({ kind, signal }: StormOptions, cleanups: (() => Promise<unknown>)[]): Promise<World> {
  const ledger = await mkdtemp(join(tmpdir(), 'tutti-chaos-'));
  cleanups.push(
    () => rm(ledger, { recursive: true, force: true }),
    () => endOrphans(ledger),
  );
  const networks = await separate();
  cleanups.push(() => Promise.all([...networks.values()].map((network) => network.remove())));
  const broker = await startBroker(kind, networks.size > 0);
  cleanups.push(() => broker.stop());
  const logs: LogLine[] = [];
  const fleet = new Fleet({ broker, networks, ledger, onLog: (line) => void logs.push(line) });
  cleanups.push(() => (signal.aborted ? fleet.kill() : fleet.stop()));
  await fleet.start();
  return { ledger, networks, broker, fleet, logs };
}

/** A network for each process that is to be cut off; none where the machine does not allow it. */
async function separate(): Promise<ReadonlyMap<string, Network>> {
  const networks = new Map<string, Network>();
  for (const [i, name] of SEPARABLE.entries()) {
    const network = await createNetwork(i).catch(() => undefined);
    if (network !== undefined) networks.set(name, network);
  }
  return networks;
}

async function rage(options: StormOptions, world: World, cleanups: (() => Promise<unknown>)[]): Promise<Storm> {
  const { seed, forMs, signal, say } = options;
  const { broker, networks, fleet } = world;
  const inspector = await Inspector.connect(broker.urls('127.0.0.1'), broker.replicas, 'chaos');
  cleanups.push(() => inspector.close());
  const driver = new Driver(inspector.client, seeded(seed, 'work'));
  signal.addEventListener('abort', () => driver.stop(), { once: true });
  const servers = [...broker.servers.keys()];
  const field = { nodes: NODES, agents: Object.keys(AGENTS), servers, separable: [...networks.keys()] };
  driver.start();
  const until = pause(forMs, undefined, { signal }).catch(() => undefined);
  const faults = await inject(planFaults(seed, forMs, field), world, signal);
  await until;
  const healedAt = Date.now();
  say(`${options.kind}: ${faults.length} faults are over; ${driver.runs.length} runs were submitted`);
  const converged = await driver.settle(SETTLE_MS);
  const settledMs = Date.now() - healedAt;
  const rest = await atRest(inspector);
  await reborn(fleet);
  const facts = await look({ world, driver, inspector, faults, converged, rest });
  return { version: broker.version, isSeparated: networks.size > 0, facts, settledMs, rest };
}

/** What was acknowledged must be known by processes that remember nothing of it. */
async function reborn(fleet: Fleet): Promise<void> {
  await Promise.all(NODES.map((name) => fleet.part(name).kill()));
  await Promise.all(NODES.map((name) => fleet.part(name).start()));
}

interface Found {
  readonly world: World;
  readonly driver: Driver;
  readonly inspector: Inspector;
  readonly faults: readonly Injected[];
  readonly converged: boolean;
  readonly rest: Rest;
}

async function look({ world, driver, inspector, faults, converged, rest }: Found): Promise<Facts> {
  const runs: Facts['runs'][number][] = [];
  for (const submitted of driver.runs) runs.push(await inspector.end(submitted));
  const observations: Observation[] = [...driver.observations, ...world.logs];
  const executions = await readExecutions(world.ledger);
  const journals = await inspector.journals();
  const { falls } = world.fleet;
  return { observations, runs, converged, journals, pool: rest.pool, working: [], executions, faults, falls };
}

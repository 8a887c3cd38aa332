/** One storm over one broker: everything is started, hit for a while, left to heal, and looked at. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Observation, seeded } from '@tutti/testkit/simulation';
import type { Facts } from './checks/facts.ts';
import { AGENTS, type Fleet, NODES, SEPARABLE } from './parts/fleet.ts';
import { type Injected, inject } from './parts/injector.ts';
import { planFaults } from './plan.ts';
import { atRest, type Rest } from './rest.ts';
import { onScene, type Scene, type SceneOptions } from './scene.ts';
import { Driver } from './work/driver.ts';
import { readExecutions } from './work/executions.ts';

export interface StormOptions extends SceneOptions {
  readonly seed: number;
  /** How long faults come, ms. */
  readonly forMs: number;
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

export const storm = (options: StormOptions): Promise<Storm> =>
  onScene(options, { agents: AGENTS, separable: SEPARABLE }, async (scene) => {
    await scene.fleet.start();
    options.say(`${options.kind}: nats-server ${scene.broker.version}, ${scene.fleet.parts.size} processes are up`);
    return rage(options, scene);
  });

async function rage(options: StormOptions, scene: Scene): Promise<Storm> {
  const { seed, forMs, signal, say } = options;
  const { broker, networks, fleet, inspector } = scene;
  const driver = new Driver(inspector.client, seeded(seed, 'work'));
  signal.addEventListener('abort', () => driver.stop(), { once: true });
  const servers = [...broker.servers.keys()];
  const field = { nodes: NODES, agents: Object.keys(AGENTS), servers, separable: [...networks.keys()] };
  driver.start();
  const until = pause(forMs, undefined, { signal }).catch(() => undefined);
  const faults = await inject(planFaults(seed, forMs, field), scene, signal);
  await until;
  const healedAt = Date.now();
  say(`${options.kind}: ${faults.length} faults are over; ${driver.runs.length} runs were submitted`);
  const converged = await driver.settle(SETTLE_MS);
  const settledMs = Date.now() - healedAt;
  const rest = await atRest(inspector);
  await reborn(fleet);
  const facts = await look({ scene, driver, faults, converged, rest });
  return { version: broker.version, isSeparated: networks.size > 0, facts, settledMs, rest };
}

/** What was acknowledged must be known by processes that remember nothing of it. */
async function reborn(fleet: Fleet): Promise<void> {
  await Promise.all(NODES.map((name) => fleet.part(name).kill()));
  await Promise.all(NODES.map((name) => fleet.part(name).start()));
}

interface Found {
  readonly scene: Scene;
  readonly driver: Driver;
  readonly faults: readonly Injected[];
  readonly converged: boolean;
  readonly rest: Rest;
}

async function look({ scene, driver, faults, converged, rest }: Found): Promise<Facts> {
  const runs: Facts['runs'][number][] = [];
  for (const submitted of driver.runs) runs.push(await scene.inspector.end(submitted));
  const observations: Observation[] = [...driver.observations, ...scene.logs];
  const executions = await readExecutions(scene.ledger);
  const journals = await scene.inspector.journals();
  const { falls } = scene.fleet;
  return { observations, runs, converged, journals, pool: rest.pool, working: [], executions, faults, falls };
}

/** What every chaos runs on: a broker, the processes of Tutti, and the ledger of the agents; started, and stopped at last. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogLine, lineOf } from '@tutti/testkit/simulation';
import { type Broker, type BrokerKind, startBroker } from './parts/broker.ts';
import { Fleet } from './parts/fleet.ts';
import { createNetwork, type Network } from './parts/network.ts';
import { endOrphans } from './parts/orphans.ts';
import { Inspector } from './work/inspector.ts';

export interface SceneOptions {
  readonly kind: BrokerKind;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Cast {
  /** Processes of agents, by name, and the file whose agents each offers. */
  readonly agents: Readonly<Record<string, string>>;
  /** Processes that are to live in networks of their own, where the machine allows it. */
  readonly separable: readonly string[];
}

export interface Scene {
  readonly ledger: string;
  readonly networks: ReadonlyMap<string, Network>;
  readonly broker: Broker;
  readonly fleet: Fleet;
  readonly inspector: Inspector;
  /** Warnings and errors of all processes. */
  readonly logs: readonly LogLine[];
}

/** Lines of the processes' logs that are told when a scene breaks. */
const TOLD_LINES = 40;

type Cleanups = (() => Promise<unknown>)[];

/** Builds the scene, lets it be used, and stops all that was started, whatever happens. */
export async function onScene<T>(options: SceneOptions, cast: Cast, use: (scene: Scene) => Promise<T>): Promise<T> {
  const cleanups: Cleanups = [];
  const logs: LogLine[] = [];
  try {
    const scene = await build(options, cast, cleanups, logs);
    // Whatever is under way then, all that was started is stopped at once.
    const interrupted = new Promise<never>((_, reject) => {
      options.signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
    });
    return await Promise.race([use(scene), interrupted]);
  } catch (error) {
    if (!options.signal.aborted) for (const line of logs.slice(-TOLD_LINES)) options.say(lineOf(line));
    throw error;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error: unknown) => options.say(String(error)));
  }
}

async function build(
  { kind, signal }: SceneOptions,
  { agents, separable }: Cast,
  cleanups: Cleanups,
  logs: LogLine[],
): Promise<Scene> {
  const ledger = await mkdtemp(join(tmpdir(), 'tutti-chaos-'));
  cleanups.push(
    () => rm(ledger, { recursive: true, force: true }),
    () => endOrphans(ledger),
  );
  const networks = await separate(separable);
  cleanups.push(() => Promise.all([...networks.values()].map((network) => network.remove())));
  const broker = await startBroker(kind, networks.size > 0);
  cleanups.push(() => broker.stop());
  const fleet = new Fleet({ broker, networks, agents, ledger, onLog: (line) => void logs.push(line) });
  cleanups.push(() => fleet.stop(signal.aborted));
  const inspector = await Inspector.connect(broker.urls('127.0.0.1'), broker.replicas, 'chaos');
  cleanups.push(() => inspector.close());
  return { ledger, networks, broker, fleet, inspector, logs };
}

/** A network for each process that is to be cut off; none where the machine does not allow it. */
async function separate(names: readonly string[]): Promise<ReadonlyMap<string, Network>> {
  const networks = new Map<string, Network>();
  for (const [i, name] of names.entries()) {
    const network = await createNetwork(i).catch(() => undefined);
    if (network !== undefined) networks.set(name, network);
  }
  return networks;
}

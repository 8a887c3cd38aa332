import type { Bus } from '@tutti/bus';
import {
  type BrokerState,
  DEFAULT_POOL,
  type MessageOf,
  type NodePool,
  type PoolSpec,
  poolNumbers,
  type RunRow,
  SHARD_COUNT,
  shardOf,
} from '@tutti/contracts';
import { type Actor, type ActorHost, createExchange, type Exchange, type KernelPorts } from '@tutti/kernel';
import { type RunContext, rowOf } from '@tutti/supervisor';
import { type ApiNode, serveApi } from './api.ts';
import { watchBroker } from './broker/watch.ts';
import { isSurelyDead } from './home.adapter.ts';
import { createHosts, type Hosts } from './hosts.ts';
import { watchedLoading } from './letters/loading.ts';
import { Letters } from './letters/store.ts';
import { meteringOf } from './metering/metering.ts';
import { sampleNode } from './metering/sample.ts';
import { takeName } from './naming.ts';
import { type AskedNode, serveNode } from './node-calls.ts';
import { aloneOf, type NodeOptions, POOL } from './node-options.ts';
import { holding, openPool } from './opening.ts';
import { createOwnership, type Ownership } from './ownership.ts';
import { createPlacing, type Placing, type PlacingOptions } from './placing.ts';
import { alertsAt } from './pool-alerts.ts';
import { OtherPools, poolOf } from './pools.ts';
import { portsOf } from './ports.ts';
import { Forgetting } from './purge/forgetting.ts';
import { createKeeping, type Keeping } from './purge/keeping.ts';
import type { Role } from './roles.ts';
import { type Beating, startBeating } from './roster.ts';
import { createShards } from './shards.ts';
import { soleOwnership } from './sole.ts';
import { TakingUp } from './taking-up.ts';

export interface Node {
  readonly node: string;
  readonly ports: KernelPorts;
  /** Gives its shards back and leaves. Runs go on elsewhere. */
  stop(): Promise<void>;
}

const EVERY_SHARD: readonly number[] = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);

export async function startNode(options: NodeOptions): Promise<Node> {
  const metering = meteringOf(options);
  const given = portsOf({ ...options, ...metering.given });
  const name = options.name ?? `node-${given.ids.next()}`;
  // Who is the whole cluster has its broker in its own memory.
  const broker = options.sole === true ? undefined : watchBroker(given, name, options.onBroker);
  const own = { ...given, bus: broker?.bus ?? given.bus };
  const letters = new Letters(own, name);
  const ports: KernelPorts = { ...own, setAside: (message) => letters.message(message) };
  const exchange = createExchange(ports, { identity: name, local: options.skipSocket !== false });
  const giveBack = options.hasOwnName === true ? await takeName(ports, exchange, 'node', name) : undefined;
  const publish = publisher(ports);
  let workflows: ActorHost | undefined;
  let pool = (): PoolSpec | undefined => undefined;
  const asked = { workflows: () => workflows, pool: () => pool(), publish };
  const placing = createPlacing(ports, exchange, { ...asked, ...unheardOf(options) });
  const epochOf = (role: Role, shard: number): number | undefined => ownership.epochOf(role, shard);
  const taking = new TakingUp(
    ports,
    () => hosts.workflows,
    (shard) => epochOf('supervisor', shard),
    letters,
    (run, atMs) => keeping.retention.ended(run, atMs),
  );
  const forgetting = new Forgetting(ports.clock);
  const hosts = createHosts(ports, exchange, placing, options, name, epochOf, taking, {
    loading: forgetting.watched(watchedLoading(letters)),
    inTurn: forgetting.watched(watchedLoading(letters, (params) => taking.allows(params))),
    besides: (incoming) => keeping.purges.answers(incoming),
    outdated: (role, shard, epoch) => ownership.journaled(role, shard, epoch),
    ended: (run, atMs) => keeping.retention.ended(run, atMs),
    goesOn: (run) => keeping.retention.goesOn(run),
  });
  workflows = hosts.workflows;
  const keeping: Keeping = createKeeping(ports, {
    ...{ node: name, exchange, letters, hosts, forgetting, keep: options.keep ?? {} },
    ownership: () => ownership,
  });
  const ownership: Ownership = createOwnershipOf(options, ports, exchange, name, hosts, taking, keeping);
  await ownership.start();
  const beating = startNodeBeating(options, ports, exchange, name, hosts, ownership, () => broker?.look());
  const taken = (): readonly number[] => (options.sole === true ? EVERY_SHARD : taking.taken);
  const self = apiNode(name, hosts.workflows, placing, ownership, beating, taken);
  pool = self.pool;
  const stopApi = options.roles.includes('supervisor') ? serveApi(ports, exchange, self, letters) : undefined;
  const stopNode = serveNode(ports, exchange, { ...self, forget: (run, done) => keeping.forget(run, done) });
  metering.start(ports, name, (meter) => sampleNode(meter, hosts, placing.registry, ports.clock.monotonic()));
  const unwatch = checkAfterBreaks(ports.bus, [hosts.workflows, hosts.contexts]);
  await ports.bus.flush();
  return {
    node: name,
    ports,
    async stop() {
      unwatch();
      metering.stop();
      broker?.stop();
      stopApi?.();
      stopNode();
      keeping.retention.stop();
      await ownership.stop();
      beating.stop();
      placing.stop();
      for (const host of [hosts.workflows, hosts.contexts, hosts.barriers, hosts.resources]) host.release(() => true);
      giveBack?.();
      await ports.bus.flush();
    },
  };
}

/** Puts the time and the version of the form to an event, and sends it as JSON. */
const publisher =
  ({ bus, clock }: KernelPorts): PlacingOptions['publish'] =>
  (subject, event) => {
    const told = { v: 1, time: new Date(clock.now()).toISOString(), ...event };
    bus.publish(subject, new TextEncoder().encode(JSON.stringify(told)));
  };

const checkAfterBreaks = (bus: Bus, hosts: readonly ActorHost[]): (() => void) =>
  bus.onStatus((status) => {
    if (status.type === 'reconnected') for (const host of hosts) void host.checkTails();
  });

const unheardOf = (options: NodeOptions): Pick<PlacingOptions, 'aloneMs' | 'isDead'> => ({
  aloneMs: aloneOf(options),
  isDead: options.isDead ?? isSurelyDead,
});

/** Which subjects a role's shards bring with them. */
function createOwnershipOf(
  options: NodeOptions,
  ports: KernelPorts,
  exchange: Exchange,
  name: string,
  hosts: Hosts,
  taking: TakingUp,
  keeping: Keeping,
): Ownership {
  const shards = {
    supervisor: createShards([
      { host: hosts.workflows, subject: 'workflow', tokens: ['run'] },
      { host: hosts.workflows, subject: 'outcome', tokens: ['role', 'instance', 'run'] },
      { host: hosts.workflows, subject: 'progress', tokens: ['role', 'instance', 'run'] },
      { host: hosts.barriers, subject: 'barrier', tokens: ['run', 'group'] },
    ]),
    context: createShards([{ host: hosts.contexts, subject: 'context', tokens: ['run'] }]),
  };
  let pool: { unsubscribe(): void } | undefined;
  const events = {
    gained(role: Role, shard: number, epoch: number, isClean: boolean) {
      if (role !== 'resources') shards[role].serve(shard);
      else if (shard === shardOf(POOL)) pool = hosts.resources.serve('resources', { pool: POOL });
      if (options.sole === true) return;
      const isOwned = (): boolean => ownership.epochOf(role, shard) === epoch;
      if (role === 'supervisor') {
        keeping.retention.moved();
        taking.gained(shard, isClean);
      }
      if (role === 'resources' && shard === shardOf(POOL)) {
        const given = poolNumbers(options.pool ?? DEFAULT_POOL);
        ports.log.info({ node: name, pool: given }, 'this node manages the pool of the cluster from now on');
        const supervisors = (): readonly string[] => ownership.nodes('supervisor');
        openPool(ports, exchange, { pool: POOL, pools: hosts.resources, supervisors, isOwned });
      }
    },
    tookOver: (from: string, shards: ReadonlyMap<Role, readonly number[]>) => taking.tookOver(from, shards),
    lost(role: Role, shard: number) {
      if (role === 'supervisor') {
        taking.lost(shard);
        keeping.retention.lost(shard);
      }
      if (role !== 'resources') return shards[role].leave(shard);
      if (shard !== shardOf(POOL)) return;
      pool?.unsubscribe();
      hosts.resources.release(() => true);
    },
  };
  const ownership: Ownership =
    options.sole === true ? soleOwnership(options.roles, events) : createOwnership(ports, name, options.roles, events);
  return ownership;
}

function startNodeBeating(
  { roles, sole, pool: given }: NodeOptions,
  ports: KernelPorts,
  exchange: Exchange,
  node: string,
  { workflows, resources }: Hosts,
  ownership: Ownership,
  broker: () => BrokerState | undefined,
): Beating {
  const shards = (): number => roles.reduce((sum, role) => sum + ownership.owned(role), 0);
  const spec = given ?? DEFAULT_POOL;
  const pool = (): NodePool | undefined => {
    if (!roles.includes('resources')) return undefined;
    const holds = ownership.epochOf('resources', shardOf(POOL)) !== undefined;
    const alerts = holds ? alertsAt(resources, POOL) : undefined;
    return { spec, holds, ...(alerts === undefined ? {} : { alerts }) };
  };
  const others = roles.includes('resources') ? new OtherPools(ports.log, spec) : undefined;
  const self = { node, roles, shards, runs: () => [...workflows.actors].length, broker, pool };
  return startBeating(ports, exchange, self, {
    speaks: sole !== true,
    onLeft: () => ownership.look(),
    onPool: (other, theirs) => others?.heard(other, theirs),
  });
}

function apiNode(
  name: string,
  workflows: ActorHost,
  placing: Placing,
  ownership: Ownership,
  beating: Beating,
  taken: () => readonly number[],
): ApiNode & Omit<AskedNode, 'forget'> {
  const rows = (limit: number): RunRow[] =>
    [...workflows.all()]
      .map((actor: Actor) => rowOf(actor.snapshot?.context as RunContext))
      .sort((a, b) => b.submittedAtMs - a.submittedAtMs)
      .slice(0, limit);
  const describe = (): MessageOf<'cluster.state'> => ({
    type: 'cluster.state',
    nodes: [...beating.nodes()],
    instances: placing.instances().map((i) => ({ ...i })),
  });
  const nodes = (): readonly string[] => ownership.nodes('supervisor');
  const pool = (): PoolSpec | undefined => poolOf(beating.nodes());
  return { name, rows, nodes, describe, pool, taken, holding: () => holding(taken(), workflows.actors) };
}

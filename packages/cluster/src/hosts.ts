/** The hosts of a node: one for each kind of actor, with where its actors listen, what they are called, and who hears of them. */
import { barrierKind } from '@tutti/barrier';
import { contextKind } from '@tutti/context';
import { DEFAULT_POOL, shardOf } from '@tutti/contracts';
import {
  type Actor,
  type ActorHost,
  type ActorKind,
  createHost,
  type Exchange,
  type HostOptions,
  type KernelPorts,
  type Loading,
} from '@tutti/kernel';
import { resourcesKind } from '@tutti/resources';
import { type RunContext, workflowKind } from '@tutti/supervisor';
import { type DecidedBarriers, decidedBarriers } from './decided.ts';
import { measuring } from './metering/told.ts';
import { aloneOf, type NodeOptions, POOL } from './node-options.ts';
import type { Placing } from './placing.ts';
import { logAlerts } from './pool-alerts.ts';
import type { Role } from './roles.ts';
import type { TakingUp } from './taking-up.ts';

function poolKind(subjects: KernelPorts['subjects'], options: NodeOptions): ActorKind {
  const { pool = DEFAULT_POOL, monitoring, sole } = options;
  const watched = monitoring === undefined ? {} : { monitoring };
  return resourcesKind({ subjects, pool, ...watched, startClosed: sole !== true, aloneMs: aloneOf(options) });
}

export interface Hosts {
  readonly workflows: ActorHost;
  readonly contexts: ActorHost;
  readonly barriers: ActorHost;
  readonly resources: ActorHost;
  /** What this node remembers of barriers that are over. */
  readonly decided: DecidedBarriers;
}

/** What the hosts of runs tell the node, and ask it. */
interface Watch {
  readonly loading: Loading;
  /** Of workflows, which after the death of an owner are taken up one after another. */
  readonly inTurn: Loading;
  readonly besides: NonNullable<HostOptions['besides']>;
  outdated(role: Role, shard: number, epoch: number): void;
  ended(run: string, atMs: number): void;
  goesOn(run: string): void;
}

export function createHosts(
  ports: KernelPorts,
  exchange: Exchange,
  placing: Placing,
  options: NodeOptions,
  owner: string,
  epochOf: (role: Role, shard: number) => number | undefined,
  taking: TakingUp,
  { loading, inTurn, besides, outdated, ended, goesOn }: Watch,
): Hosts {
  const { subjects } = ports;
  const shard = (params: Readonly<Record<string, string>>): number =>
    Number(params['shard'] ?? shardOf(params['run'] ?? ''));
  const runOf = (params: Readonly<Record<string, string>>): string => params['run'] ?? '';
  const decided = decidedBarriers();
  const emitted = measuring(ports.meter);
  const limits = options.checkpointEvery === undefined ? {} : { checkpointEvery: options.checkpointEvery };
  const contexts = createHost(ports, exchange, contextKind(), {
    subjects: ['context'],
    idOf: runOf,
    logKeyOf: (p) => `ctx.${shard(p)}.${runOf(p)}`,
    ownerEpoch: (p) => epochOf('context', shard(p)),
    outdated: (p, epoch) => outdated('context', shard(p), epoch),
    loading,
    limits,
  });
  const workflows: ActorHost = createHost(
    ports,
    exchange,
    workflowKind({ owner, subjects, pool: POOL, aloneMs: aloneOf(options) }),
    {
      subjects: ['workflow', 'outcome', 'progress'],
      idOf: runOf,
      logKeyOf: (p) => `wf.${shard(p)}.${runOf(p)}`,
      ownerEpoch: (p) => epochOf('supervisor', shard(p)),
      outdated: (p, epoch) => outdated('supervisor', shard(p), epoch),
      loading: inTurn,
      limits,
      besides,
      emitted,
      custom: (name, data, context) => placing.custom(name, data, context),
      onActor(actor, change) {
        if (change === 'retired') ended(actor.id, endOf(actor) ?? ports.clock.now());
        else if (change === 'revived') goesOn(actor.id);
        else taking.stopped(actor, change);
      },
    },
  );
  return {
    workflows,
    contexts,
    decided,
    barriers: createHost(ports, exchange, barrierKind(), {
      subjects: ['barrier'],
      idOf: (p) => `${runOf(p)}.${p['group'] ?? ''}`,
      onActor: decided.onActor,
      mayCreate: decided.mayCreate,
      ownerEpoch: (p) => epochOf('supervisor', shard(p)),
    }),
    resources: createHost(ports, exchange, poolKind(subjects, options), {
      subjects: ['resources'],
      emitted,
      idOf: (p) => p['pool'] ?? POOL,
      ownerEpoch: () => epochOf('resources', shardOf(POOL)),
      custom: logAlerts(ports.log),
    }),
  };
}

const endOf = ({ snapshot }: Actor): number | undefined => (snapshot?.context as RunContext | undefined)?.endedAtMs;

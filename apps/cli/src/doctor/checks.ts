/** What is well and what is not, judged from facts that were gathered before. Pure. */
import {
  type BrokerCondition,
  type BrokerState,
  ERRORS,
  type ErrorCode,
  type MessageOf,
  type NodePool,
  type PoolMetric,
  poolDifferences,
} from '@tutti/contracts';
import type { BrokerInfo } from '../broker-info.adapter.ts';
import { poolText } from '../cluster-pool.ts';
import { missingRoles } from '../missing-roles.ts';
import { alertText } from '../render/alert-text.ts';
import { plural } from '../text/units.ts';

export type Verdict = 'ok' | 'note' | 'bad' | 'no_broker';

export interface Check {
  readonly verdict: Verdict;
  readonly what: string;
  readonly found: string;
  /** What to do; only where something is not well. */
  readonly advice?: string;
}

export interface NodeFact {
  readonly node: string;
  readonly version: string;
  readonly roles: readonly string[];
  /** Its clock against ours, in ms; undefined when no beat of it was heard. */
  readonly skewMs: number | undefined;
  /** What its own writes meet of the broker; absent when all is well. */
  readonly broker?: BrokerState | undefined;
  /** The pool it was given, and whether it manages the cluster's. */
  readonly pool?: NodePool | undefined;
}

export const MIN_SERVER = [2, 9, 10] as const;
/** Compare-and-append is broken on replicated streams of older servers. */
export const MIN_REPLICATED = [2, 9, 21] as const;
export const MIN_NODE = [20, 19, 0] as const;
/** Deadlines are absolute times; beyond this two nodes disagree noticeably about them. */
export const MOST_SKEW_MS = 500;

function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = version.replace(/^v/, '').split('-')[0]?.split('.').map(Number) ?? [];
  for (const [index, wanted] of than.entries()) {
    const own = numbers[index] ?? 0;
    if (own !== wanted) return !(own > wanted);
  }
  return false;
}

export function checkRuntime(version: string): Check {
  const what = 'node';
  if (!isOlder(version, MIN_NODE)) return { verdict: 'ok', what, found: version };
  return { verdict: 'bad', what, found: version, advice: `install Node ${MIN_NODE.join('.')} or newer` };
}

export const unreachable = (url: string, reason: string): Check => ({
  verdict: 'no_broker',
  what: `broker ${url}`,
  found: `cannot be reached: ${reason}`,
  advice: 'start nats-server there (with -js), or correct --nats; is the port open in the firewall?',
});

/** Version, JetStream and sync of one server. */
export function checkBroker(url: string, info: BrokerInfo, sync: string): readonly Check[] {
  const clustered = info.cluster !== undefined;
  return [
    { verdict: 'ok', what: `broker ${url}`, found: `answers in ${Math.round(info.tookMs)} ms` },
    checkVersion(info, clustered),
    info.jetstream
      ? { verdict: 'ok', what: 'JetStream', found: 'on' }
      : {
          verdict: 'no_broker',
          what: 'JetStream',
          found: 'off',
          advice: 'start nats-server with -js or a jetstream block',
        },
    checkSync(sync),
  ];
}

function checkVersion({ version }: BrokerInfo, clustered: boolean): Check {
  const what = 'broker version';
  const found = clustered ? `${version}, clustered` : version;
  if (isOlder(version, MIN_SERVER)) {
    return { verdict: 'no_broker', what, found, advice: `use nats-server ${MIN_SERVER.join('.')} or newer` };
  }
  if (!clustered || !isOlder(version, MIN_REPLICATED)) return { verdict: 'ok', what, found };
  const advice = `replicated streams lose single ownership before ${MIN_REPLICATED.join('.')}: upgrade, or keep --replicas 1`;
  return { verdict: 'bad', what, found, advice };
}

function checkSync(sync: string): Check {
  const what = 'sync to disk';
  if (sync === 'always') return { verdict: 'ok', what, found: 'at each write' };
  const advice =
    'set `sync_interval: always` under jetstream, or accept that a power loss may take acknowledged records';
  if (sync === 'sometimes') return { verdict: 'note', what, found: 'not at each write', advice };
  return { verdict: 'note', what, found: 'not visible (no monitoring page on port 8222)' };
}

/** An error of the connection or of an API call, as a check. */
export function checkFailure(what: string, code: ErrorCode, message: string): Check {
  const verdict = ERRORS[code].exit === ERRORS.broker_unavailable.exit ? 'no_broker' : 'bad';
  return { verdict, what, found: message, advice: ERRORS[code].help };
}

export function checkNodes(nodes: readonly NodeFact[], version: string): readonly Check[] {
  if (nodes.length === 0) {
    return [{ verdict: 'bad', what: 'nodes', found: 'none answers', advice: 'start one with `tutti up --nats URL`' }];
  }
  return [
    ...nodes.map((node) => checkNode(node, version)),
    ...nodes.flatMap(checkWrites),
    ...checkRoles(nodes),
    ...checkPools(nodes),
    ...checkAlerts(nodes),
    checkSkew(nodes),
  ];
}

const CURES: Readonly<Record<BrokerCondition, string>> = {
  away: 'look at the log of nats-server, at its load, and at the network between it and the node',
  refused: ERRORS.broker_refused.help,
  full: ERRORS.broker_full.help,
  slow: 'look at the disk of nats-server: who else writes to it, and is it one that syncs in milliseconds?',
};

/** What the node itself meets when it writes: nobody else sees that its user lacks a right, or that its disk is slow. */
function checkWrites({ node, broker }: NodeFact): readonly Check[] {
  if (broker === undefined) return [];
  const { condition, sinceMs, detail } = broker;
  const found = `${condition} since ${new Date(sinceMs).toISOString()}: ${detail}`;
  return [{ verdict: 'no_broker', what: `writes of ${node}`, found, advice: CURES[condition] }];
}

/** A cluster lives when each role is offered by somebody. */
function checkRoles(nodes: readonly NodeFact[]): readonly Check[] {
  return missingRoles(nodes).map(
    (role): Check => ({
      ...{ verdict: 'bad', what: `role ${role}`, found: 'nobody offers it, so no run gets anywhere' },
      advice: `start a node that does: \`tutti up --nats URL --roles ${role}\``,
    }),
  );
}

/** The resource manager is one actor: where pools differ, that of the cluster changes with whoever manages it. */
function checkPools(nodes: readonly NodeFact[]): readonly Check[] {
  const what = 'pool';
  const given = nodes.flatMap(({ node, pool }) => (pool === undefined ? [] : [{ node, ...pool }]));
  const holder = given.find(({ holds }) => holds);
  const told = given.map(({ node, spec }) => `${node} ${poolText(spec)}`);
  const first = given[0];
  if (first === undefined) return [];
  if (given.some(({ spec }) => poolDifferences(first.spec, spec).length > 0)) {
    const whose = holder === undefined ? 'nobody manages it now' : `that of ${holder.node} holds`;
    const advice = 'give every node with the role resources the same --pool';
    return [{ verdict: 'bad', what, found: `nodes differ, ${whose}: ${told.join('; ')}`, advice }];
  }
  return [{ verdict: 'ok', what, found: poolText(first.spec) }];
}

const REMEDIES: Readonly<Record<PoolMetric, string>> = {
  cpu_usage: 'give the pool more cpu (`tutti up --pool`), or the steps a smaller need',
  memory_usage: 'give the pool more memory (`tutti up --pool`), or the steps a smaller need',
  response_time: 'see what they do with `tutti show RUN`; they run longer than their plan says',
  queue_depth:
    'see what they wait for with `tutti show RUN`; give the pool more room (`tutti up --pool`) if that is it',
};

/** What the manager of the pool finds over its thresholds. */
function checkAlerts(nodes: readonly NodeFact[]): readonly Check[] {
  const alerts = nodes.flatMap(({ pool }) => pool?.alerts ?? []);
  return alerts.map((alert) => ({
    verdict: 'bad',
    what: 'pool alert',
    found: `${alertText(alert)}, since ${new Date(alert.sinceMs).toISOString()}`,
    advice: REMEDIES[alert.metric],
  }));
}

function checkNode({ node, version: theirs, roles }: NodeFact, ours: string): Check {
  const what = `node ${node}`;
  const found = `${theirs}, ${roles.join(', ')}`;
  if (theirs === ours) return { verdict: 'ok', what, found };
  return { verdict: 'bad', what, found, advice: `this program is ${ours}: run one version everywhere` };
}

function checkSkew(nodes: readonly NodeFact[]): Check {
  const what = 'clocks';
  const heard = nodes.filter((node) => node.skewMs !== undefined);
  if (heard.length === 0) return { verdict: 'note', what, found: 'no heartbeat was heard to compare with' };
  const skewed = heard.filter((node) => Math.abs(node.skewMs ?? 0) > MOST_SKEW_MS);
  const worst = Math.max(...heard.map((node) => Math.abs(node.skewMs ?? 0)));
  if (skewed.length === 0) return { verdict: 'ok', what, found: `within ${Math.round(worst)} ms of ours` };
  const found = skewed.map(
    ({ node, skewMs = 0 }) => `${node} is ${Math.round(Math.abs(skewMs))} ms ${skewMs > 0 ? 'ahead' : 'behind'}`,
  );
  return {
    verdict: 'bad',
    what,
    found: found.join(', '),
    advice: 'let NTP set the clocks; deadlines are absolute times',
  };
}

export function checkAgents(instances: readonly { readonly role: string }[]): Check {
  const what = 'agents';
  if (instances.length === 0) {
    const advice = 'start some with `tutti agent start FILE --nats URL`';
    return { verdict: 'note', what, found: 'none is live', advice };
  }
  const counts = new Map<string, number>();
  for (const { role } of instances) counts.set(role, (counts.get(role) ?? 0) + 1);
  const found = [...counts].map(([role, count]) => `${role} × ${count}`).join(', ');
  return { verdict: 'ok', what, found };
}

/** What lies aside of messages is lost work of somebody, perhaps of a stranger; a run that lies aside does not go on. */
export function checkLetters({ letters, more }: Pick<MessageOf<'letter.listed'>, 'letters' | 'more'>): Check {
  const what = 'dead letters';
  if (letters.length === 0) return { verdict: 'ok', what, found: 'none' };
  const runs = letters.filter(({ kind }) => kind === 'run').length;
  const count = `${letters.length}${more ? ' or more' : ''}`;
  const found = `${count} (${plural(runs, 'run')})`;
  return { verdict: runs === 0 ? 'note' : 'bad', what, found, advice: 'see `tutti dlq ls`, then `tutti dlq retry`' };
}

/** 7 when the broker is the trouble, 1 when something else is, 0 when at most there are notes. */
export function doctorExit(checks: readonly Check[]): number {
  if (checks.some((check) => check.verdict === 'no_broker')) return ERRORS.broker_unavailable.exit;
  return checks.some((check) => check.verdict === 'bad') ? 1 : 0;
}

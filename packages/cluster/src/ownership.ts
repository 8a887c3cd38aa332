/**
 * Who owns which shard of a role.
 *
 * Each node renews one lease in a key-value entry by compare-and-set; a shard's entry names its owner and the epoch, and
 * changes only when ownership does. A lease counts as dead when its revision has not changed for one lease period on the
 * observer's own monotonic clock (no clock is compared with another's). Placement is rendezvous hashing over the live
 * nodes that offer the role. This makes single ownership likely; the compare-and-append of every journal makes it safe.
 */
import { type Bus, decode, encode, type KeyValueEntry } from '@tutti/bus';
import { fnv1a, SHARD_COUNT, TuttiError } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { Role } from './roles.ts';

/** A lease unless renewed, ms; every promise about recovery time is a multiple of it. */
export const LEASE_MS = 3_000;
/** Between two renewals and looks at the others: a quarter of the lease, so that two may fail. */
const TICK_MS = LEASE_MS / 4;
/** Age of the last good renewal at which a node stops on its own. Source: nats.md, "Self-fence". */
const FENCE_AFTER_MS = LEASE_MS * 0.6;

export interface OwnershipEvents {
  /** This node owns the shard from now on. */
  gained(role: Role, shard: number, epoch: number): void;
  /** It no longer does; stop its actors at once. */
  lost(role: Role, shard: number): void;
}

export interface Ownership {
  start(): Promise<void>;
  epochOf(role: Role, shard: number): number | undefined;
  owned(role: Role): number;
  /** Names of the live nodes that offer a role. */
  nodes(role: Role): readonly string[];
  /** Gives every shard back, so that others need not wait for the lease to run out. */
  stop(): Promise<void>;
}

interface Seen {
  revision: number;
  readonly roles: readonly string[];
  changedAt: number;
}

const NODE = 'node.';
const shardKey = (role: Role, shard: number): string => `shard.${role}.${shard}`;

export function createOwnership(
  ports: KernelPorts,
  node: string,
  roles: readonly Role[],
  events: OwnershipEvents,
): Ownership {
  const { clock, log } = ports;
  const kv: Bus['keyValues'] = ports.bus.keyValues;
  const mine = new Map<string, { role: Role; shard: number; epoch: number; revision: number }>();
  const seen = new Map<string, Seen>();
  let leaseRevision = 0;
  let renewedAt = clock.monotonic();
  let stopping = false;
  let timer: { cancel(): void } | undefined;

  const renew = async (): Promise<void> => {
    const body = encode({ roles, at: clock.now() }).data;
    leaseRevision = await kv.set(NODE + node, body, leaseRevision);
    renewedAt = clock.monotonic();
  };

  const look = (entries: readonly KeyValueEntry[]): void => {
    const present = new Set(entries.map((e) => e.key));
    for (const key of [...seen.keys()]) if (!present.has(key)) seen.delete(key);
    for (const { key, value, revision } of entries) {
      const known = seen.get(key);
      if (known?.revision === revision) continue;
      const { roles: offered } = decode(value) as { roles: readonly string[] };
      seen.set(key, { revision, roles: offered, changedAt: clock.monotonic() });
    }
  };

  const alive = (name: string): boolean => {
    const entry = seen.get(NODE + name);
    return entry !== undefined && clock.monotonic() - entry.changedAt <= LEASE_MS;
  };

  /** The live node with the highest hash for this shard. */
  const wanted = (role: Role, shard: number): string | undefined => {
    let best: string | undefined;
    let weight = -1;
    for (const [key, entry] of seen) {
      const name = key.slice(NODE.length);
      if (!entry.roles.includes(role) || !alive(name)) continue;
      const w = fnv1a(`${name}/${role}/${shard}`);
      if (w > weight) [best, weight] = [name, w];
    }
    return best;
  };

  const drop = (key: string): void => {
    const row = mine.get(key);
    if (row === undefined) return;
    mine.delete(key);
    events.lost(row.role, row.shard);
  };

  const take = async (role: Role, shard: number, entry: KeyValueEntry | undefined, epoch: number): Promise<void> => {
    const body = encode({ owner: node, epoch }).data;
    const revision = await kv.set(shardKey(role, shard), body, entry?.revision ?? 0);
    mine.set(shardKey(role, shard), { role, shard, epoch, revision });
    events.gained(role, shard, epoch);
  };

  const giveBack = async (key: string): Promise<void> => {
    const row = mine.get(key);
    if (row === undefined) return;
    drop(key);
    await kv.set(key, encode({ owner: '', epoch: row.epoch }).data, row.revision);
  };

  const settle = async (role: Role, shard: number, entry: KeyValueEntry | undefined): Promise<void> => {
    const key = shardKey(role, shard);
    const record =
      entry === undefined ? { owner: '', epoch: 0 } : (decode(entry.value) as { owner: string; epoch: number });
    const held = mine.get(key);
    if (held !== undefined && (record.owner !== node || record.epoch !== held.epoch)) drop(key);
    const best = wanted(role, shard);
    if (best === node && record.owner !== node && (record.owner === '' || !alive(record.owner)))
      await take(role, shard, entry, record.epoch + 1);
    else if (best === node && record.owner === node && !mine.has(key)) await take(role, shard, entry, record.epoch + 1);
    else if (best !== undefined && best !== node && mine.has(key)) await giveBack(key);
  };

  const fence = (): void => {
    if (clock.monotonic() - renewedAt <= FENCE_AFTER_MS) return;
    log.warn(
      { node, sinceMs: Math.round(clock.monotonic() - renewedAt) },
      'the lease could not be renewed: this node stops its actors',
    );
    for (const key of [...mine.keys()]) drop(key);
  };

  const round = async (): Promise<void> => {
    try {
      await renew();
      const entries = await kv.list('');
      look(entries.filter((e) => e.key.startsWith(NODE)));
      const records = new Map(entries.map((e) => [e.key, e]));
      for (const role of roles) {
        for (let shard = 0; shard < SHARD_COUNT; shard++) {
          if (!stopping) await settle(role, shard, records.get(shardKey(role, shard))).catch(lostRace);
        }
      }
    } catch (error) {
      if (TuttiError.from(error).code === 'revision_conflict')
        leaseRevision = (await kv.get(NODE + node).catch(() => undefined))?.revision ?? 0;
      log.warn({ node, err: error }, 'a round of the ownership failed and is repeated');
    }
    fence();
  };

  const lostRace = (error: unknown): void => {
    if (TuttiError.from(error).code !== 'revision_conflict') throw error;
  };

  const loop = async (): Promise<void> => {
    if (stopping) return;
    await round();
    if (!stopping) timer = clock.after(TICK_MS, () => void loop(), true);
  };

  return {
    async start() {
      leaseRevision = (await kv.get(NODE + node))?.revision ?? 0;
      await loop();
    },
    epochOf: (role, shard) => mine.get(shardKey(role, shard))?.epoch,
    owned: (role) => [...mine.values()].filter((m) => m.role === role).length,
    nodes: (role) =>
      [...seen]
        .filter(([key, e]) => e.roles.includes(role) && alive(key.slice(NODE.length)))
        .map(([key]) => key.slice(NODE.length)),
    async stop() {
      stopping = true;
      timer?.cancel();
      for (const key of [...mine.keys()]) await giveBack(key).catch(lostRace);
      await kv.delete(NODE + node);
    },
  };
}

/** Ownership of a process that is the whole cluster: everything, from the first moment, under one epoch. */
export function soleOwnership(roles: readonly Role[], events: OwnershipEvents): Ownership {
  return {
    start() {
      for (const role of roles) for (let shard = 0; shard < SHARD_COUNT; shard++) events.gained(role, shard, 1);
      return Promise.resolve();
    },
    epochOf: (role) => (roles.includes(role) ? 1 : undefined),
    owned: (role) => (roles.includes(role) ? SHARD_COUNT : 0),
    nodes: () => [],
    stop: () => Promise.resolve(),
  };
}

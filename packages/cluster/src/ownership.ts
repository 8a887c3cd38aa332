/**
 * Who owns which shard of a role.
 *
 * Each node renews one lease in a key-value entry by compare-and-set, and stops its actors on its own when it could not for
 * most of the lease; a shard's entry names its owner and the epoch, and
 * changes only when ownership does. Who lives is in `living.ts`; placement is rendezvous hashing over the live nodes that
 * offer the role. This makes single ownership likely; the compare-and-append of every journal makes it safe.
 */
import { type Bus, decode, encode, type KeyValueEntry } from '@tutti/bus';
import { SHARD_COUNT, TuttiError } from '@tutti/contracts';
import { inParallel, type KernelPorts } from '@tutti/kernel';
import { LEASE_MS, Living, nodeKey, Places } from './living.ts';
import { ROLES, type Role } from './roles.ts';

/** Between two renewals and looks at the others: a quarter of the lease, so that two may fail. */
const TICK_MS = LEASE_MS / 4;
/** Shards that are written at once: those of a node that left are to run again within half a second. */
const AT_ONCE = 16;
/** Shards that may fail in one round before it is given up until the next. */
const MAX_FAILED = 4;
/** Age of the last good renewal at which a node stops on its own. Source: nats.md, "Self-fence". */
const FENCE_AFTER_MS = LEASE_MS * 0.6;

export interface OwnershipEvents {
  /** This node owns the shard from now on. `isClean`: the owner before gave it back, or there was none. */
  gained(role: Role, shard: number, epoch: number, isClean: boolean): void;
  /** Once a round, after the shards of it: what an owner had that died, by role. */
  tookOver?(from: string, shards: ReadonlyMap<Role, readonly number[]>): void;
  /** It no longer does; stop its actors at once. */
  lost(role: Role, shard: number): void;
}

export interface Ownership {
  start(): Promise<void>;
  epochOf(role: Role, shard: number): number | undefined;
  owned(role: Role): number;
  /** Names of the live nodes that offer a role. */
  nodes(role: Role): readonly string[];
  /** Looks at once who lives and what is free: somebody has said that it left. */
  look(): void;
  /**
   * A journal of the shard was last written under this epoch. Where that is newer than the epoch of this node, and the entry names
   * this node all the same, the broker has lost changes of owner: the shard is taken again, under a newer epoch than that.
   */
  journaled(role: Role, shard: number, epoch: number): void;
  /** Leaves: stops everything at once, then gives its lease and every shard back, so that nobody waits for it to run out. */
  stop(): Promise<void>;
}

const SHARDS: readonly number[] = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
const KEYS = Object.fromEntries(ROLES.map((role) => [role, SHARDS.map((shard) => `shard.${role}.${shard}`)]));
const shardKey = (role: Role, shard: number): string => KEYS[role]?.[shard] ?? '';

export function createOwnership(
  ports: KernelPorts,
  node: string,
  roles: readonly Role[],
  events: OwnershipEvents,
): Ownership {
  return new LeasedOwnership(ports, node, roles, events);
}

interface Held {
  readonly role: Role;
  readonly shard: number;
  readonly epoch: number;
  readonly revision: number;
}

class LeasedOwnership implements Ownership {
  readonly #ports: KernelPorts;
  readonly #kv: Bus['keyValues'];
  readonly #node: string;
  readonly #roles: readonly Role[];
  readonly #events: OwnershipEvents;
  readonly #mine = new Map<string, Held>();
  readonly #living = new Living();
  readonly #places = new Places();
  /** Entries of shards by key, decoded: most are in each round what they were in the last. */
  readonly #records = new Map<string, { readonly revision: number; readonly record: ShardRecord }>();
  /** Newest epochs that journals of a shard were found to have, where entries were behind. */
  readonly #journaled = new Map<string, number>();
  /** What came in this round from owners that had not given it back: owner → role → shards. */
  readonly #inherited = new Map<string, Map<Role, number[]>>();
  #leaseRevision = 0;
  #renewedAt: number;
  #stopping = false;
  #isLooking = false;
  #isAsked = false;
  #rounds: { cancel(): void } | undefined;
  #renewals: { cancel(): void } | undefined;
  #fence: { cancel(): void } | undefined;

  constructor(ports: KernelPorts, node: string, roles: readonly Role[], events: OwnershipEvents) {
    this.#ports = ports;
    this.#kv = ports.bus.keyValues;
    this.#node = node;
    this.#roles = roles;
    this.#events = events;
    this.#renewedAt = ports.clock.monotonic();
  }

  async start(): Promise<void> {
    this.#leaseRevision = (await this.#kv.get(nodeKey(this.#node)))?.revision ?? 0;
    await this.#renewFromNowOn();
    await this.#lookFromNowOn();
  }

  epochOf(role: Role, shard: number): number | undefined {
    // A process that was stopped hears of its messages before its timers: what its lease no longer covers is not its own.
    if (!this.#isLeased && !this.#stopping) this.#fenceOff();
    return this.#mine.get(shardKey(role, shard))?.epoch;
  }

  owned(role: Role): number {
    return [...this.#mine.values()].filter((m) => m.role === role).length;
  }

  nodes(role: Role): readonly string[] {
    return this.#living.offering(role, this.#ports.clock.monotonic());
  }

  look(): void {
    this.#isAsked = true;
    if (this.#isLooking || this.#stopping || this.#rounds === undefined) return;
    this.#rounds.cancel();
    void this.#lookFromNowOn();
  }

  journaled(role: Role, shard: number, epoch: number): void {
    const key = shardKey(role, shard);
    if (epoch <= (this.#journaled.get(key) ?? 0)) return;
    this.#journaled.set(key, epoch);
    if (this.#isBehind(key)) this.look();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of [this.#rounds, this.#renewals, this.#fence]) timer?.cancel();
    const held = [...this.#mine];
    for (const [key] of held) this.#drop(key);
    // The lease goes first: while it stands the others leave to this node what is best placed here.
    const lease = await Promise.allSettled([this.#kv.delete(nodeKey(this.#node))]);
    const shards = await Promise.allSettled(held.map(([key, { epoch, revision }]) => this.#free(key, epoch, revision)));
    for (const end of [...lease, ...shards]) {
      if (end.status === 'fulfilled' || isLostRace(end.reason)) continue;
      this.#ports.log.warn({ node: this.#node, err: end.reason }, 'what this node had is free when its lease runs out');
    }
  }

  /** Whether this node may take and keep shards: it stays, and its lease is young enough. */
  get #isLeased(): boolean {
    return !this.#stopping && this.#ports.clock.monotonic() - this.#renewedAt < FENCE_AFTER_MS;
  }

  /** The lease has a rhythm of its own: however long a round over the shards takes, nobody is to think this node dead. */
  async #renewFromNowOn(): Promise<void> {
    await this.#renew().catch((error: unknown) => this.#renewalFailed(error));
    if (!this.#stopping) this.#renewals = this.#ports.clock.after(TICK_MS, () => void this.#renewFromNowOn(), true);
  }

  async #lookFromNowOn(): Promise<void> {
    this.#isLooking = true;
    do {
      this.#isAsked = false;
      await this.#round();
    } while (this.#isAsked && !this.#stopping);
    this.#isLooking = false;
    if (!this.#stopping) this.#rounds = this.#ports.clock.after(TICK_MS, () => void this.#lookFromNowOn(), true);
  }

  async #round(): Promise<void> {
    // Who has no lease of its own takes nothing.
    if (!this.#isLeased) return;
    try {
      const entries = await this.#kv.list('');
      this.#living.look(entries, this.#ports.clock.monotonic());
      await this.#settleAll(new Map(entries.map((e) => [e.key, e])));
    } catch (error) {
      this.#ports.log.warn({ node: this.#node, err: error }, 'a round of the ownership failed and is repeated');
    }
    this.#tellInherited();
  }

  async #renewalFailed(error: unknown): Promise<void> {
    this.#ports.log.warn({ node: this.#node, err: error }, 'the lease was not renewed; this is tried again');
    if (isLostRace(error)) await this.#reread();
  }

  /** Somebody changed this node's own entry (or an answer was lost): take its revision as it is. */
  async #reread(): Promise<void> {
    const entry = await this.#kv.get(nodeKey(this.#node)).catch(() => undefined);
    this.#leaseRevision = entry?.revision ?? 0;
  }

  async #renew(): Promise<void> {
    const body = encode({ roles: this.#roles, at: this.#ports.clock.now() }).data;
    // The lease counts from before the question: that is the latest moment from which others may count it.
    const askedAt = this.#ports.clock.monotonic();
    this.#leaseRevision = await this.#kv.set(nodeKey(this.#node), body, this.#leaseRevision);
    this.#renewedAt = askedAt;
    this.#armFence();
  }

  /** Shards that fail keep no other back, but a store that answers nothing ends the round. */
  async #settleAll(records: ReadonlyMap<string, KeyValueEntry>): Promise<void> {
    const errors: unknown[] = [];
    const places = this.#roles.flatMap((role) => this.#unsettled(role, records).map((shard) => ({ role, shard })));
    await inParallel(AT_ONCE, places, async ({ role, shard }) => {
      if (!this.#isLeased || errors.length >= MAX_FAILED) return;
      try {
        await this.#settle(role, shard, records.get(shardKey(role, shard)));
      } catch (error) {
        if (!isLostRace(error)) errors.push(error);
      }
    });
    if (errors.length >= MAX_FAILED) throw errors[0];
  }

  /** Shards that are not where they belong. In nearly every round there is none, and that is all that it costs. */
  #unsettled(role: Role, records: ReadonlyMap<string, KeyValueEntry>): readonly number[] {
    const places = this.#places.all(role, this.nodes(role));
    return SHARDS.filter((shard) => {
      const key = shardKey(role, shard);
      const record = this.#recordOf(records.get(key));
      const isBest = places[shard] === this.#node;
      const isOther = this.#mine.get(key)?.epoch !== (isBest ? record.epoch : undefined);
      return (record.owner === this.#node) !== isBest || isOther || this.#isBehind(key);
    });
  }

  async #settle(role: Role, shard: number, entry: KeyValueEntry | undefined): Promise<void> {
    const key = shardKey(role, shard);
    const record = this.#recordOf(entry);
    const held = this.#mine.get(key);
    const isOurs = held !== undefined && record.owner === this.#node && record.epoch === held.epoch;
    if (held !== undefined && (!isOurs || this.#isBehind(key))) this.#drop(key);
    const best = this.#places.all(role, this.nodes(role))[shard];
    if (best === undefined) return;
    if (best !== this.#node) return this.#handOver(key, record, entry);
    const isFree =
      record.owner === '' ||
      record.owner === this.#node ||
      !this.#living.has(record.owner, this.#ports.clock.monotonic());
    // What this node had itself until now was given back by an owner that lives.
    if (isFree && !this.#mine.has(key)) await this.#take(role, shard, entry, record, isOurs || record.owner === '');
  }

  /** Whether the shard is held here under an epoch that is older than one of its journals. */
  #isBehind(key: string): boolean {
    return (this.#mine.get(key)?.epoch ?? Number.POSITIVE_INFINITY) < (this.#journaled.get(key) ?? 0);
  }

  #recordOf(entry: KeyValueEntry | undefined): ShardRecord {
    if (entry === undefined) return NOBODY;
    const known = this.#records.get(entry.key);
    if (known?.revision === entry.revision) return known.record;
    const record = decode(entry.value) as ShardRecord;
    this.#records.set(entry.key, { revision: entry.revision, record });
    return record;
  }

  async #take(
    role: Role,
    shard: number,
    entry: KeyValueEntry | undefined,
    before: ShardRecord,
    isClean: boolean,
  ): Promise<void> {
    const key = shardKey(role, shard);
    const epoch = this.#nextEpoch(key, before);
    const revision = await this.#kv.set(key, encode({ owner: this.#node, epoch }).data, entry?.revision ?? 0);
    // The answer may come after the lease ran out, or after this node has left: then the shard is nobody's.
    if (!this.#isLeased) return this.#free(key, epoch, revision);
    this.#mine.set(key, { role, shard, epoch, revision });
    this.#events.gained(role, shard, epoch, isClean);
    if (!isClean) this.#inherit(before.owner, role, shard);
  }

  #nextEpoch(key: string, { epoch }: ShardRecord): number {
    const journaled = this.#journaled.get(key) ?? 0;
    if (epoch < journaled) {
      const lost =
        'the broker has lost changes of leases: a journal has a newer epoch than its shard, which is taken anew';
      this.#ports.log.warn({ node: this.#node, shard: key, epoch, journaled }, lost);
    }
    return Math.max(epoch, journaled) + 1;
  }

  #inherit(from: string, role: Role, shard: number): void {
    const byRole = this.#inherited.get(from) ?? new Map<Role, number[]>();
    this.#inherited.set(from, byRole.set(role, [...(byRole.get(role) ?? []), shard]));
  }

  #tellInherited(): void {
    for (const [from, shards] of this.#inherited) this.#events.tookOver?.(from, shards);
    this.#inherited.clear();
  }

  /** Another node is to have the shard. What stands under this node's name is cleared, even if it stopped it before. */
  async #handOver(key: string, record: ShardRecord, entry: KeyValueEntry | undefined): Promise<void> {
    if (this.#mine.has(key)) return this.#giveBack(key);
    if (entry === undefined || record.owner !== this.#node) return;
    await this.#free(key, record.epoch, entry.revision);
  }

  async #giveBack(key: string): Promise<void> {
    const row = this.#mine.get(key);
    if (row === undefined) return;
    this.#drop(key);
    await this.#free(key, row.epoch, row.revision);
  }

  async #free(key: string, epoch: number, revision: number): Promise<void> {
    await this.#kv.set(key, encode({ owner: '', epoch }).data, revision);
  }

  #drop(key: string): void {
    const row = this.#mine.get(key);
    if (row === undefined) return;
    this.#mine.delete(key);
    this.#events.lost(row.role, row.shard);
  }

  #armFence(): void {
    this.#fence?.cancel();
    if (this.#stopping) return;
    const leftMs = this.#renewedAt + FENCE_AFTER_MS - this.#ports.clock.monotonic();
    this.#fence = this.#ports.clock.after(Math.max(0, leftMs), () => this.#fenceOff(), true);
  }

  #fenceOff(): void {
    if (this.#mine.size === 0) return;
    const sinceMs = Math.round(this.#ports.clock.monotonic() - this.#renewedAt);
    this.#ports.log.warn({ node: this.#node, sinceMs }, 'the lease could not be renewed: this node stops its actors');
    for (const key of [...this.#mine.keys()]) this.#drop(key);
  }
}

interface ShardRecord {
  readonly owner: string;
  readonly epoch: number;
}

const NOBODY: ShardRecord = { owner: '', epoch: 0 };

const isLostRace = (error: unknown): boolean => TuttiError.from(error).code === 'revision_conflict';

/** What the resource manager decides: pure functions from the state of the pool to the next one. */
import type { LeaseRequest, PoolLimits, Waiting } from '@tutti/contracts';
import { holdersOf, namedShortage, neverNamed, withoutShares, withShares } from './named.ts';
import type { ResourcesOptions } from './options.ts';
import { minus, NOTHING_USED, plus, type Shortage, shortage } from './pool.ts';
import { type Holder, type Lease, NOBODY, type PoolState } from './state.ts';

/** One change under way: the state, to be replaced part by part. Its tables are its own and change in place. */
export type Draft = { -readonly [K in keyof PoolState]: PoolState[K] };

export const draftOf = ({ leases, waiting, holders, ...rest }: PoolState): Draft => ({
  ...rest,
  leases: leases.asMutable(),
  waiting: waiting.asMutable(),
  holders: holders.asMutable(),
});

/** The state that a draft has become. */
export const settled = ({ leases, waiting, holders, ...rest }: Draft): PoolState => ({
  ...rest,
  leases: leases.asImmutable(),
  waiting: waiting.asImmutable(),
  holders: holders.asImmutable(),
});

const holderOf = (state: PoolState, holder: string): Holder => state.holders.get(holder) ?? NOBODY;

/** Whether the holder's epoch is older than one it has used before. */
export const isStale = (state: PoolState, holder: string, epoch: number): boolean =>
  epoch < holderOf(state, holder).epoch;

/**
 * Whether a newer message of the holder has come before this one. It then only gives back: a lease id is never used again,
 * so what was given back once stays so, but what it wants or holds is known better.
 */
export function isLate(state: PoolState, holder: string, epoch: number, sentAtMs: number | undefined): boolean {
  const known = state.holders.get(holder);
  return known !== undefined && sentAtMs !== undefined && epoch === known.epoch && sentAtMs < known.saidMs;
}

export function seen(draft: Draft, holder: string, epoch: number, at: number, sentAtMs: number | undefined): void {
  const before = holderOf(draft, holder);
  const saidMs = before.epoch === epoch ? Math.max(before.saidMs, sentAtMs ?? 0) : (sentAtMs ?? 0);
  draft.holders = draft.holders.set(holder, { ...before, epoch, seenMs: at, saidMs });
}

type List = 'leases' | 'waiting';

function enlist(draft: Draft, list: List, lease: Lease): void {
  const id = lease.request.lease;
  draft[list] = draft[list].set(id, lease);
  const row = holderOf(draft, lease.holder);
  draft.holders = draft.holders.set(lease.holder, { ...row, [list]: row[list].add(id) });
}

function strike(draft: Draft, list: List, id: string): Lease | undefined {
  const lease = draft[list].get(id);
  if (lease === undefined) return undefined;
  draft[list] = draft[list].delete(id);
  const row = draft.holders.get(lease.holder);
  if (row !== undefined) {
    draft.holders = draft.holders.set(lease.holder, { ...row, [list]: row[list].delete(id) });
  }
  return lease;
}

/** Frees a lease or withdraws a request. An unknown id changes nothing. */
export function release(draft: Draft, lease: string): void {
  strike(draft, 'waiting', lease);
  const held = strike(draft, 'leases', lease);
  if (held === undefined) return;
  draft.used = minus(draft.used, held.request.needs);
  draft.named = withoutShares(draft.named, held.request);
}

/** Records a lease as held: granted now, or announced by its holder. */
export function hold(draft: Draft, holder: string, request: LeaseRequest, at: number): void {
  strike(draft, 'waiting', request.lease);
  if (draft.leases.has(request.lease)) return;
  enlist(draft, 'leases', { holder, request, sinceMs: at });
  draft.used = plus(draft.used, request.needs);
  draft.named = withShares(draft.named, request);
}

interface Told {
  readonly held: readonly LeaseRequest[];
  readonly wanted: readonly LeaseRequest[];
  readonly partial?: boolean | undefined;
}

/** A sync is the whole truth of its holder, unless it is partial: what it does not name is freed, what it holds is held. */
export function reconcile(draft: Draft, holder: string, { held, wanted, partial = false }: Told, at: number): void {
  for (const request of held) hold(draft, holder, request, at);
  if (partial) return;
  const named = new Set([...held, ...wanted].map(({ lease }) => lease));
  const { leases, waiting } = holderOf(draft, holder);
  for (const id of [...leases, ...waiting]) if (!named.has(id)) release(draft, id);
  draft.holders = draft.holders.set(holder, { ...holderOf(draft, holder), synced: true });
}

/** Holders that have not told yet what they hold. */
export const unannounced = (state: PoolState, holders: readonly string[]): readonly string[] =>
  holders.filter((holder) => !holderOf(state, holder).synced);

/** Whether a lease is held or waited for. */
export const isKnown = (state: PoolState, lease: string): boolean =>
  state.leases.has(lease) || state.waiting.has(lease);

/** Queues a request once; why it never could be granted, if so. */
export function want(
  draft: Draft,
  holder: string,
  request: LeaseRequest,
  at: number,
  limits: PoolLimits,
): string | undefined {
  const never = shortage(NOTHING_USED, request.needs, limits);
  if (never !== undefined) return `needs ${never.needed} ${never.lacks}, the whole pool has ${never.free}`;
  const unnamed = neverNamed(request, limits);
  if (unnamed !== undefined) return unnamed;
  if (isKnown(draft, request.lease)) return undefined;
  enlist(draft, 'waiting', { holder, request, sinceMs: at });
  return undefined;
}

/** A request that waits, with what its place depends on: looked up once, and not in each comparison. */
interface Ranked {
  readonly entry: Lease;
  /** Priority grown with age. */
  readonly weight: number;
  /** Leases that its holder has. */
  readonly share: number;
}

type Queue = Pick<PoolState, 'waiting' | 'holders'>;

const rankOf = (draft: Queue, entry: Lease, at: number, { agingMs }: ResourcesOptions): Ranked => ({
  entry,
  weight: entry.request.priority + Math.floor((at - entry.sinceMs) / agingMs),
  share: draft.holders.get(entry.holder)?.leases.size ?? 0,
});

/** First by priority grown with age, then holders with fewer leases, then what its plan has begin first, then age. */
const compare = (a: Ranked, b: Ranked): number =>
  b.weight - a.weight ||
  a.share - b.share ||
  b.entry.request.rank - a.entry.request.rank ||
  a.entry.sinceMs - b.entry.sinceMs ||
  (a.entry.request.lease < b.entry.request.lease ? -1 : 1);

/** All that wait, in the order in which they are looked at. */
export function order(draft: Queue, at: number, options: ResourcesOptions): readonly Lease[] {
  const ranked = [...draft.waiting.values()].map((entry) => rankOf(draft, entry, at, options));
  return ranked.sort(compare).map(({ entry }) => entry);
}

/** Requests whose places are counted one by one; for more of them, sorting the whole queue is less work. */
const COUNTED = 8;

/** Places in the queue, from 1, of those that wait: every answer tells them, so a long queue is not sorted for one. */
export function places(
  draft: Queue,
  ids: readonly string[],
  at: number,
  options: ResourcesOptions,
): ReadonlyMap<string, number> {
  if (ids.length > COUNTED) {
    const asked = new Set(ids);
    const found = order(draft, at, options).map(({ request }, i) => [request.lease, i + 1] as const);
    return new Map(found.filter(([lease]) => asked.has(lease)));
  }
  const entries = ids.flatMap((id) => draft.waiting.get(id) ?? []);
  const asked = entries.map((entry) => ({ ranked: rankOf(draft, entry, at, options), place: 1 }));
  for (const entry of draft.waiting.values()) {
    const other = rankOf(draft, entry, at, options);
    for (const one of asked) if (entry !== one.ranked.entry && compare(other, one.ranked) < 0) one.place += 1;
  }
  return new Map(asked.map(({ ranked, place }) => [ranked.entry.request.lease, place]));
}

/** What the pool has too little of for a request. */
const lackOf = (draft: Draft, request: LeaseRequest, limits: PoolLimits): Shortage | undefined =>
  shortage(draft.used, request.needs, limits) ?? namedShortage(draft.named, request, limits);

/**
 * Grants what fits, in order. A request that does not fit lets smaller ones pass until it has waited `reserveAfterMs`;
 * from then on nobody passes it, so that it is served as soon as enough comes back. One that a named resource is short for is
 * passed by nobody who wants that resource: it may be held for long, and the rest of the pool is not kept idle for it.
 */
export function grantAll(draft: Draft, at: number, limits: PoolLimits, options: ResourcesOptions): readonly Lease[] {
  const granted: Lease[] = [];
  if (!draft.open || draft.waiting.isEmpty() || draft.used.agents >= limits.agents) return granted;
  const reserved = new Set<string>();
  for (const entry of order(draft, at, options)) {
    if (draft.used.agents >= limits.agents) break;
    if (reserved.size > 0 && Object.keys(entry.request.uses ?? {}).some((name) => reserved.has(name))) continue;
    const lack = lackOf(draft, entry.request, limits);
    if (lack === undefined) {
      hold(draft, entry.holder, entry.request, at);
      // It gets a whole period from now on: it may have been waiting in silence since before its last sync was lost.
      draft.holders = draft.holders.set(entry.holder, { ...holderOf(draft, entry.holder), seenMs: at });
      granted.push(entry);
    } else if (at - entry.sinceMs >= options.reserveAfterMs) {
      if (lack.resource === undefined) break;
      reserved.add(lack.resource);
    }
  }
  return granted;
}

/** Leases named to one who waits: enough to know whom to ask, few enough to read. */
const NAMED = 8;

/** Why each of these requests waits. */
export function explain(
  draft: Draft,
  ids: readonly string[],
  at: number,
  limits: PoolLimits,
  options: ResourcesOptions,
): readonly Waiting[] {
  if (ids.length === 0) return [];
  const nameOf = (l: Lease): string => `${l.holder}/${l.request.step}`;
  const anybody = [...draft.leases.valueSeq().take(NAMED)].map(nameOf);
  const holders = (resource: string): readonly Lease[] =>
    holdersOf(draft.named, resource).flatMap((id) => draft.leases.get(id) ?? []);
  const inOrder = [...places(draft, ids, at, options)].sort(([, a], [, b]) => a - b);
  return inOrder.flatMap(([lease, position]) => {
    const entry = draft.waiting.get(lease);
    if (entry === undefined) return [];
    const reason = reasonOf(draft, entry.request, limits);
    const heldBy = reason.resource === undefined ? anybody : holders(reason.resource).slice(0, NAMED).map(nameOf);
    return [{ lease, position, heldBy, ...reason }];
  });
}

type Reason = Pick<Waiting, 'lacks' | 'resource' | 'free' | 'needed'>;

function reasonOf(draft: Draft, request: LeaseRequest, limits: PoolLimits): Reason {
  if (!draft.open) return { lacks: 'pool_closed', free: 0, needed: request.needs.cpu };
  return lackOf(draft, request, limits) ?? { lacks: 'behind', free: 0, needed: request.needs.cpu };
}

/** Holders that were silent for a whole lease period. */
export const silent = (draft: Draft, at: number, leaseMs: number): readonly string[] =>
  [...draft.holders].filter(([, row]) => at - row.seenMs >= leaseMs).map(([id]) => id);

/** A holder that says nothing stands in nobody's way: what it waits for it asks for again. */
export function withdraw(draft: Draft, holder: string): void {
  for (const id of holderOf(draft, holder).waiting) release(draft, id);
}

/** Frees everything of a holder; the leases it lost. */
export function forget(draft: Draft, holder: string): readonly string[] {
  const { leases, waiting } = holderOf(draft, holder);
  for (const id of [...leases, ...waiting]) release(draft, id);
  draft.holders = draft.holders.delete(holder);
  return [...leases];
}

/** What the resource manager decides: pure functions from the state of the pool to the next one. */
import type { LeaseRequest, Needs, PoolLimits, Waiting } from '@tutti/contracts';
import type { ResourcesOptions } from './options.ts';
import { minus, NOTHING_USED, plus, shortage, type Used } from './pool.ts';
import type { Holder, Lease, PoolState } from './state.ts';

/** One change under way: copies of the tables, made once an event and written to freely. */
export interface Draft {
  open: boolean;
  used: Used;
  readonly pool: string;
  readonly leases: Record<string, Lease>;
  readonly waiting: Record<string, Lease>;
  readonly holders: Record<string, Holder>;
}

export const draftOf = (state: PoolState): Draft => ({
  ...state,
  leases: { ...state.leases },
  waiting: { ...state.waiting },
  holders: { ...state.holders },
});

/** Whether the holder's epoch is older than one it has used before. */
export const isStale = (state: PoolState, holder: string, epoch: number): boolean =>
  epoch < (state.holders[holder]?.epoch ?? 0);

/**
 * Whether a newer message of the holder has come before this one. It then only gives back: a lease id is never used again,
 * so what was given back once stays so, but what it wants or holds is known better.
 */
export function isLate(state: PoolState, holder: string, epoch: number, sentAtMs: number | undefined): boolean {
  const known = state.holders[holder];
  return known !== undefined && sentAtMs !== undefined && epoch === known.epoch && sentAtMs < known.saidMs;
}

export function seen(draft: Draft, holder: string, epoch: number, at: number, sentAtMs: number | undefined): void {
  const before = draft.holders[holder];
  const saidMs = before?.epoch === epoch ? Math.max(before.saidMs, sentAtMs ?? 0) : (sentAtMs ?? 0);
  draft.holders[holder] = { epoch, seenMs: at, saidMs, leases: before?.leases ?? 0 };
}

function countLease(draft: Draft, holder: string, by: 1 | -1): void {
  const row = draft.holders[holder];
  if (row !== undefined) draft.holders[holder] = { ...row, leases: row.leases + by };
}

/** Frees a lease or withdraws a request. An unknown id changes nothing. */
export function release(draft: Draft, lease: string): void {
  delete draft.waiting[lease];
  const held = draft.leases[lease];
  if (held === undefined) return;
  delete draft.leases[lease];
  draft.used = minus(draft.used, held.request.needs);
  countLease(draft, held.holder, -1);
}

/** Records a lease as held: granted now, or announced by its holder. */
export function hold(draft: Draft, holder: string, request: LeaseRequest, at: number): void {
  delete draft.waiting[request.lease];
  if (draft.leases[request.lease] !== undefined) return;
  draft.leases[request.lease] = { holder, request, sinceMs: at };
  draft.used = plus(draft.used, request.needs);
  countLease(draft, holder, 1);
}

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
  if (draft.leases[request.lease] !== undefined || draft.waiting[request.lease] !== undefined) return undefined;
  draft.waiting[request.lease] = { holder, request, sinceMs: at };
  return undefined;
}

/** First by priority grown with age, then holders with fewer leases, then the longer remaining path, then age. */
export function order(
  draft: Pick<Draft, 'waiting' | 'holders'>,
  at: number,
  options: ResourcesOptions,
): readonly Lease[] {
  const weight = (l: Lease): number => l.request.priority + Math.floor((at - l.sinceMs) / options.agingMs);
  const share = (l: Lease): number => draft.holders[l.holder]?.leases ?? 0;
  return Object.values(draft.waiting).sort(
    (a, b) =>
      weight(b) - weight(a) ||
      share(a) - share(b) ||
      b.request.rank - a.request.rank ||
      a.sinceMs - b.sinceMs ||
      (a.request.lease < b.request.lease ? -1 : 1),
  );
}

/**
 * Grants what fits, in order. A request that does not fit lets smaller ones pass until it has waited `reserveAfterMs`;
 * from then on nobody passes it, so that it is served as soon as enough comes back.
 */
export function grantAll(draft: Draft, at: number, limits: PoolLimits, options: ResourcesOptions): readonly Lease[] {
  const granted: Lease[] = [];
  if (!draft.open) return granted;
  for (const entry of order(draft, at, options)) {
    if (draft.used.agents >= limits.agents) break;
    if (shortage(draft.used, entry.request.needs, limits) === undefined) {
      hold(draft, entry.holder, entry.request, at);
      granted.push(entry);
    } else if (at - entry.sinceMs >= options.reserveAfterMs) break;
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
  const asked = new Set(ids);
  const heldBy = Object.values(draft.leases)
    .slice(0, NAMED)
    .map((l) => `${l.holder}/${l.request.step}`);
  return order(draft, at, options).flatMap((entry, i) => {
    const { lease, needs } = entry.request;
    if (!asked.has(lease)) return [];
    return [{ lease, position: i + 1, heldBy, ...reasonOf(draft, needs, limits) }];
  });
}

function reasonOf(draft: Draft, needs: Needs, limits: PoolLimits): Pick<Waiting, 'lacks' | 'free' | 'needed'> {
  if (!draft.open) return { lacks: 'pool_closed', free: 0, needed: needs.cpu };
  return shortage(draft.used, needs, limits) ?? { lacks: 'behind', free: 0, needed: needs.cpu };
}

/** Holders that were silent for a whole lease period. */
export const silent = (draft: Draft, at: number, leaseMs: number): readonly string[] =>
  Object.entries(draft.holders)
    .filter(([, h]) => at - h.seenMs >= leaseMs)
    .map(([id]) => id);

/** Frees everything of a holder; the leases it lost. */
export function forget(draft: Draft, holder: string): readonly string[] {
  const lost = Object.values(draft.leases).filter((l) => l.holder === holder);
  const asked = Object.values(draft.waiting).filter((l) => l.holder === holder);
  for (const { request } of [...lost, ...asked]) release(draft, request.lease);
  delete draft.holders[holder];
  return lost.map((l) => l.request.lease);
}

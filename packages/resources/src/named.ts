/**
 * Named resources, such as the slots of a model: who holds how much of each, and how much there is. Looked at only where a
 * request names one. Strict: never more than there is, by anybody's word who has a say.
 */
import type { LeaseRequest, PoolLimits } from '@tutti/contracts';
import { Map as Table } from 'immutable';
import { exact, type Shortage } from './pool.ts';

/** What one lease holds of a resource, and how much of it its workflow says there is. */
export interface Share {
  readonly units: number;
  readonly capacity: number | undefined;
}

/** Resource → lease id → its share. */
export type NamedUse = Table<string, Table<string, Share>>;

const usesOf = ({ uses = {} }: LeaseRequest): readonly (readonly [string, number])[] => Object.entries(uses);

const own = (table: Readonly<Record<string, number>> | undefined, name: string): number | undefined =>
  table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;

export const withShares = (named: NamedUse, request: LeaseRequest): NamedUse =>
  usesOf(request).reduce((all, [name, units]) => {
    const share = { units, capacity: own(request.capacity, name) };
    return all.set(name, (all.get(name) ?? Table<string, Share>()).set(request.lease, share));
  }, named);

export const withoutShares = (named: NamedUse, request: LeaseRequest): NamedUse =>
  usesOf(request).reduce((all, [name]) => {
    const left = all.get(name)?.delete(request.lease) ?? Table<string, Share>();
    return left.isEmpty() ? all.delete(name) : all.set(name, left);
  }, named);

/** Units in use, and the smallest number that those who hold some say there is. */
export function useOf(named: NamedUse, name: string): { readonly used: number; readonly least: number } {
  let used = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const { units, capacity } of named.get(name)?.values() ?? []) {
    used = exact(used + units);
    least = Math.min(least, capacity ?? least);
  }
  return { used, least };
}

/** Who holds of a resource: lease ids. */
export const holdersOf = (named: NamedUse, name: string): readonly string[] => [...(named.get(name)?.keys() ?? [])];

/**
 * The first named resource that is short. The pool's own number counts; where it has none, the smallest of what the asker and
 * those who hold of it say.
 */
export function namedShortage(named: NamedUse, request: LeaseRequest, limits: PoolLimits): Shortage | undefined {
  for (const [resource, needed] of usesOf(request)) {
    const { used, least } = useOf(named, resource);
    const limit = own(limits.named, resource) ?? Math.min(least, own(request.capacity, resource) ?? 0);
    if (exact(used + needed) > limit)
      return { lacks: 'named', resource, free: Math.max(0, exact(limit - used)), needed };
  }
  return undefined;
}

/** Why a request can never be granted for its named resources, if so. */
export function neverNamed(request: LeaseRequest, limits: PoolLimits): string | undefined {
  for (const [name, needed] of usesOf(request)) {
    const limit = own(limits.named, name) ?? own(request.capacity, name);
    if (limit === undefined)
      return `needs ${needed} of "${name}", of which neither the pool nor the workflow says how much there is`;
    if (needed > limit) return `needs ${needed} of "${name}", there are ${limit} in all`;
  }
  return undefined;
}

/** Use of each resource that the pool has itself or that somebody holds; undefined when there is none. */
export function namedUsage(
  named: NamedUse,
  limits: PoolLimits,
): Readonly<Record<string, { used: number; limit: number }>> | undefined {
  const names = new Set([...Object.keys(limits.named ?? {}), ...named.keys()]);
  if (names.size === 0) return undefined;
  const rows = [...names].map((name) => {
    const { used, least } = useOf(named, name);
    // A holder that says nothing of how much there is could only announce it: what is held then stands for it.
    return [name, { used, limit: own(limits.named, name) ?? (Number.isFinite(least) ? least : used) }] as const;
  });
  return Object.fromEntries(rows);
}

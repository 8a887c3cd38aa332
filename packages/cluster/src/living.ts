/**
 * Which nodes live, by their lease entries. A lease counts as dead when its revision has not changed for one lease period
 * on the observer's own monotonic clock: no clock is compared with another's.
 */
import { decode, type KeyValueEntry } from '@tutti/bus';
import { fnv1a, SHARD_COUNT } from '@tutti/contracts';
import type { Role } from './roles.ts';

/** A lease unless renewed, ms; every promise about recovery time is a multiple of it. */
export const LEASE_MS = 3_000;

const NODE = 'node.';
export const nodeKey = (node: string): string => NODE + node;

interface Seen {
  readonly revision: number;
  readonly roles: readonly string[];
  readonly changedAt: number;
}

export class Living {
  readonly #seen = new Map<string, Seen>();

  /** Takes all entries of the bucket as they are at `nowMs`; a node without an entry has left. */
  look(entries: readonly KeyValueEntry[], nowMs: number): void {
    const leases = entries.filter((e) => e.key.startsWith(NODE));
    const present = new Set(leases.map((e) => e.key));
    for (const key of [...this.#seen.keys()]) if (!present.has(key)) this.#seen.delete(key);
    for (const { key, value, revision } of leases) {
      if (this.#seen.get(key)?.revision === revision) continue;
      const { roles } = decode(value) as { roles: readonly string[] };
      this.#seen.set(key, { revision, roles, changedAt: nowMs });
    }
  }

  has(node: string, nowMs: number): boolean {
    const entry = this.#seen.get(nodeKey(node));
    return entry !== undefined && nowMs - entry.changedAt <= LEASE_MS;
  }

  /** Names of the live nodes that offer a role. */
  offering(role: Role, nowMs: number): readonly string[] {
    const names: string[] = [];
    for (const [key, { roles, changedAt }] of this.#seen)
      if (nowMs - changedAt <= LEASE_MS && roles.includes(role)) names.push(key.slice(NODE.length));
    return names;
  }
}

/** Rendezvous hashing: the node with the highest hash for this shard; undefined when there is none. */
export function placeOf(role: Role, shard: number, nodes: readonly string[]): string | undefined {
  let best: string | undefined;
  let highest = -1;
  for (const name of nodes) {
    const weight = fnv1a(`${name}/${role}/${shard}`);
    if (weight <= highest) continue;
    highest = weight;
    best = name;
  }
  return best;
}

/** The places of all shards of a role, kept as long as the same nodes live: every round asks for each of them. */
export class Places {
  readonly #known = new Map<Role, { readonly nodes: string; readonly places: readonly (string | undefined)[] }>();

  /** By shard. */
  all(role: Role, nodes: readonly string[]): readonly (string | undefined)[] {
    const names = nodes.join(' ');
    let row = this.#known.get(role);
    if (row?.nodes !== names) {
      row = { nodes: names, places: Array.from({ length: SHARD_COUNT }, (_, shard) => placeOf(role, shard, nodes)) };
      this.#known.set(role, row);
    }
    return row.places;
  }
}

/**
 * Says once what this node took over from one that died. Only when the runs of those shards are all here is it known how many
 * there are; until then an operator who looks into the log would learn nothing.
 */
import type { Logger } from '@tutti/telemetry';
import type { Role } from './roles.ts';

interface Inheritance {
  readonly from: string;
  readonly shards: ReadonlyMap<Role, readonly number[]>;
  /** Shards whose runs are not here yet. */
  readonly awaited: Set<number>;
  runs: number;
}

export class Inherited {
  readonly #log: Logger;
  readonly #open = new Set<Inheritance>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param read runs of the shards whose runs are here already */
  from(from: string, shards: ReadonlyMap<Role, readonly number[]>, read: ReadonlyMap<number, number>): void {
    const supervised = shards.get('supervisor') ?? [];
    const runs = supervised.reduce((sum, shard) => sum + (read.get(shard) ?? 0), 0);
    const one: Inheritance = { from, shards, awaited: new Set(supervised.filter((shard) => !read.has(shard))), runs };
    this.#open.add(one);
    this.#tellIfWhole(one);
  }

  /** The runs of a shard are here, or it left before they were. */
  settled(shard: number, runs = 0): void {
    for (const one of this.#open) {
      if (!one.awaited.delete(shard)) continue;
      one.runs += runs;
      this.#tellIfWhole(one);
    }
  }

  #tellIfWhole(one: Inheritance): void {
    if (one.awaited.size > 0) return;
    this.#open.delete(one);
    const shards = Object.fromEntries([...one.shards].map(([role, list]) => [role, list.length]));
    this.#log.info(
      { from: one.from, shards, runs: one.runs },
      'this node took over what an owner had not given back: it died, or could not renew its lease',
    );
  }
}

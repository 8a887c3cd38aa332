/**
 * Whose pool holds. Each node that may manage the pool was given one, and the resource manager is one actor: as long as nodes
 * differ, the pool of the cluster changes with whoever manages it. That is noticed by the beats, and planned for by them.
 */
import { type NodePool, type PoolSpec, poolDifferences, poolNumbers } from '@tutti/contracts';
import type { Logger } from '@tutti/telemetry';
import type { NodeRow } from './roster.ts';

/** The pool of the node that manages it; while nobody does, that of any node that may. */
export function poolOf(nodes: readonly Pick<NodeRow, 'pool'>[]): PoolSpec | undefined {
  const pools = nodes.flatMap(({ pool }) => (pool === undefined ? [] : [pool]));
  return (pools.find(({ holds }) => holds) ?? pools[0])?.spec;
}

/** Tells the log of each node whose pool is another, once as long as it stays the same one. */
export class OtherPools {
  readonly #log: Logger;
  readonly #own: PoolSpec;
  readonly #told = new Map<string, string>();

  constructor(log: Logger, own: PoolSpec) {
    this.#log = log;
    this.#own = own;
  }

  heard(node: string, { spec }: NodePool): void {
    const differences = poolDifferences(this.#own, spec);
    const text = JSON.stringify(differences);
    if (text === (this.#told.get(node) ?? '[]')) return;
    this.#told.set(node, text);
    if (differences.length === 0) return this.#log.info({ other: node }, 'the pools of both nodes are the same again');
    this.#log.warn(
      { other: node, own: poolNumbers(this.#own), others: poolNumbers(spec) },
      'another node was given another pool: the one of whoever manages the pool holds; give all nodes one --pool',
    );
  }
}

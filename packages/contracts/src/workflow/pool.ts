import { z } from 'zod';
import { needs } from '../messages/shared.ts';
import { workflowId } from './values.ts';

/** Units, up to a bound that keeps every sum exact. */
const units = z.number().min(0).max(1_000_000);

/** The pool that all steps share (specification: `resource_manager.resource_pool.computational`). */
export const poolSpec = z.strictObject({
  cpuUnits: units,
  memoryUnits: units,
  concurrentAgents: z.number().int().min(1).max(100_000),
  /** The share of `cpuUnits` that may be handed out: 1.2 allows 120 %. */
  cpuOversubscription: z.number().min(1).max(100),
  /** Memory is never oversubscribed while this holds; where it is false, memory is not limited. */
  memoryStrict: z.boolean(),
  /** Resources beside these, by name, such as renders of a template engine or slots of a model: how many units there are. */
  named: z.record(workflowId, units).optional(),
});
export type PoolSpec = z.infer<typeof poolSpec>;

export const DEFAULT_POOL: PoolSpec = {
  cpuUnits: 100,
  memoryUnits: 100,
  concurrentAgents: 3,
  cpuOversubscription: 1.2,
  memoryStrict: true,
};

/** What may be handed out at one instant: by default 120 CPU units, 100 memory units, 3 agents. */
export interface PoolLimits {
  readonly cpu: number;
  readonly memory: number;
  readonly agents: number;
  /** Of named resources, where the pool has any. */
  readonly named?: Readonly<Record<string, number>>;
}

/** The limits of a pool. The product is rounded so that 100 × 1.2 is 120 and not a hair more or less. */
export const poolLimits = (pool: PoolSpec): PoolLimits => ({
  cpu: Math.round(pool.cpuUnits * pool.cpuOversubscription * 1000) / 1000,
  memory: pool.memoryStrict ? pool.memoryUnits : Number.POSITIVE_INFINITY,
  agents: pool.concurrentAgents,
  ...(pool.named === undefined ? {} : { named: pool.named }),
});

/** The numbers of a pool by the words of the command line; a named resource goes by its own name. */
export const poolNumbers = (pool: PoolSpec): Readonly<Record<string, number | boolean>> => ({
  ...pool.named,
  agents: pool.concurrentAgents,
  cpu: pool.cpuUnits,
  memory: pool.memoryUnits,
  cpu_oversubscription: pool.cpuOversubscription,
  memory_strict: pool.memoryStrict,
});

/** One number in which two pools differ; undefined: a named resource that one of them does not have. */
export interface PoolDifference {
  readonly what: string;
  readonly one: number | boolean | undefined;
  readonly other: number | boolean | undefined;
}

export function poolDifferences(one: PoolSpec, other: PoolSpec): readonly PoolDifference[] {
  const [numbers, others] = [new Map(Object.entries(poolNumbers(one))), new Map(Object.entries(poolNumbers(other)))];
  return [...new Set([...numbers.keys(), ...others.keys()])]
    .map((what) => ({ what, one: numbers.get(what), other: others.get(what) }))
    .filter((each) => each.one !== each.other);
}

/**
 * The pool of a cluster as it is for one workflow: the cluster's numbers, and of named resources that the cluster does not know
 * those of the file, for of these the resource manager takes the file's word.
 */
export function poolFor(file: PoolSpec, cluster: PoolSpec): PoolSpec {
  const { named: _, ...numbers } = cluster;
  const named = { ...file.named, ...cluster.named };
  return Object.keys(named).length === 0 ? numbers : { ...numbers, named };
}

/** Specification: `allocation_strategy.priorities`. Higher goes first. */
export const priorityClasses = z.strictObject({
  critical: z.number().int().min(0).max(100),
  parallel: z.number().int().min(0).max(100),
  validation: z.number().int().min(0).max(100),
});
export type PriorityClasses = z.infer<typeof priorityClasses>;

export const DEFAULT_PRIORITIES: PriorityClasses = { critical: 10, parallel: 7, validation: 5 };

export const RESOURCE_WORDS = ['low', 'medium', 'high', 'very_high'] as const;
export type ResourceWord = (typeof RESOURCE_WORDS)[number];

export const resourceWords = z.strictObject({ low: needs, medium: needs, high: needs, very_high: needs });
export type ResourceWords = z.infer<typeof resourceWords>;

/**
 * The one table from words to units. `medium` and `high` are the specification's own step (30/25 and 40/35 units). `low`
 * is half a medium, so that three low steps leave room beside anything. `very_high` goes on in the same strides and fits
 * the pool twice by CPU (2 × 60 = 120) and by memory (2 × 50 = 100): the largest word never shuts everybody else out.
 */
export const DEFAULT_RESOURCE_WORDS: ResourceWords = {
  low: { cpu: 15, memory: 12 },
  medium: { cpu: 30, memory: 25 },
  high: { cpu: 40, memory: 35 },
  very_high: { cpu: 60, memory: 50 },
};

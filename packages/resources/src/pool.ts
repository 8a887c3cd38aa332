/** The arithmetic of the pool: what is used, what fits, what lacks. Sums are kept, never recomputed. */
import type { Needs, PoolLimits } from '@tutti/contracts';

/** What is handed out now. */
export interface Used {
  readonly cpu: number;
  readonly memory: number;
  readonly agents: number;
}

export const NOTHING_USED: Used = { cpu: 0, memory: 0, agents: 0 };

/** Sums are rounded to a thousandth of a unit, so that taking and giving back the same needs ends where it began. */
export const exact = (value: number): number => Math.round(value * 1000) / 1000;

export const plus = (used: Used, needs: Needs): Used => ({
  cpu: exact(used.cpu + needs.cpu),
  memory: exact(used.memory + needs.memory),
  agents: used.agents + 1,
});

export const minus = (used: Used, needs: Needs): Used => ({
  cpu: exact(used.cpu - needs.cpu),
  memory: exact(used.memory - needs.memory),
  agents: used.agents - 1,
});

/** The first resource that is short, with what is free and what is needed; undefined when it fits. */
export interface Shortage {
  readonly lacks: 'cpu' | 'memory' | 'agents' | 'named';
  /** The name of a named resource. */
  readonly resource?: string;
  readonly free: number;
  readonly needed: number;
}

export function shortage(used: Used, needs: Needs, limits: PoolLimits): Shortage | undefined {
  return (
    lack('agents', used.agents, 1, limits.agents) ??
    lack('cpu', used.cpu, needs.cpu, limits.cpu) ??
    lack('memory', used.memory, needs.memory, limits.memory)
  );
}

function lack(lacks: Shortage['lacks'], taken: number, needed: number, limit: number): Shortage | undefined {
  return exact(taken + needed) > limit ? { lacks, free: Math.max(0, exact(limit - taken)), needed } : undefined;
}

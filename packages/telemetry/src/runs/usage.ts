/** What the leases of a run held of the pool over time, and how many of its steps ran at once. */
import type { StepRow } from './step-row.ts';

export interface Usage {
  /** Now: CPU and memory units, leases, and steps that run. */
  cpu: number;
  memory: number;
  agents: number;
  running: number;
  /** Units × ms. */
  cpuMs: number;
  memoryMs: number;
  agentsMs: number;
  memoryPeak: number;
  runningPeak: number;
}

/** Counts anew from what is held now. */
export function newUsage(now?: Usage): Usage {
  const { cpu = 0, memory = 0, agents = 0, running = 0 } = now ?? {};
  const none = { cpuMs: 0, memoryMs: 0, agentsMs: 0 };
  return { cpu, memory, agents, running, ...none, memoryPeak: memory, runningPeak: running };
}

/** A step goes from one state to another; undefined before it was heard of. */
export function holds(usage: Usage, from: StepRow | undefined, to: StepRow): void {
  count(usage, from, -1);
  count(usage, to, 1);
  usage.memoryPeak = Math.max(usage.memoryPeak, usage.memory);
  usage.runningPeak = Math.max(usage.runningPeak, usage.running);
}

function count(usage: Usage, row: StepRow | undefined, by: number): void {
  if (row?.phase === 'running') usage.running += by;
  if (row?.held === undefined) return;
  usage.cpu += by * row.held.cpu;
  usage.memory += by * row.held.memory;
  usage.agents += by;
}

/** Time went by with everything as it is. */
export function used(usage: Usage, ms: number): void {
  const passedMs = Math.max(0, ms);
  usage.cpuMs += usage.cpu * passedMs;
  usage.memoryMs += usage.memory * passedMs;
  usage.agentsMs += usage.agents * passedMs;
}

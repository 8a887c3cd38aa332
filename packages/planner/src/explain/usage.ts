import { type Plan, type PlanStep, poolLimits, type WorkflowDefinition } from '@tutti/contracts';

/** A resource of the pool as an explanation speaks of it. */
export interface PoolResource {
  /** `cpu`, `memory`, `agents` or the name of a named one. */
  readonly name: string;
  readonly limit: number;
  of(step: PlanStep): number;
}

export function poolResources({ pool }: WorkflowDefinition): PoolResource[] {
  const limits = poolLimits(pool);
  const named = Object.entries(pool.named ?? {}).map(
    ([name, limit]): PoolResource => ({ name, limit, of: ({ uses }) => uses?.[name] ?? 0 }),
  );
  return [
    { name: 'cpu', limit: limits.cpu, of: ({ needs }) => needs.cpu },
    { name: 'memory', limit: limits.memory, of: ({ needs }) => needs.memory },
    { name: 'agents', limit: limits.agents, of: () => 1 },
    ...named,
  ];
}

/** The unit of a resource as a sentence needs it: `CPU units`, `agents at once`, `units of "gpu"`. */
export const shortUnit = (resource: string): string => UNITS.get(resource) ?? `units of "${resource}"`;

const UNITS: ReadonlyMap<string, string> = new Map([
  ['cpu', 'CPU units'],
  ['memory', 'memory units'],
  ['agents', 'agents at once'],
]);

/** Sums of units such as 0.1 must not break a capacity by their rounding. */
const TOLERANCE = 1e-9;

/** One resource at one moment at which a step has no room. */
export interface Shortage {
  readonly resource: string;
  readonly atMs: number;
  readonly needed: number;
  readonly used: number;
  readonly limit: number;
  /** Who has it then. */
  readonly holders: readonly PlanStep[];
}

/** The first shortage that `step` would meet if it started at `startMs` beside the plan's other steps. */
export function shortageAt(
  plan: Plan,
  resources: readonly PoolResource[],
  step: PlanStep,
  startMs: number,
): Shortage | undefined {
  const endMs = startMs + step.durationMs;
  const others = plan.steps.filter(
    (other) => other.id !== step.id && other.plannedStartMs < endMs && other.plannedEndMs > startMs,
  );
  const moments = [startMs, ...others.map(({ plannedStartMs }) => plannedStartMs)].filter((at) => at >= startMs);
  for (const atMs of [...new Set(moments)].toSorted((a, b) => a - b)) {
    const running = others.filter((other) => other.plannedStartMs <= atMs && atMs < other.plannedEndMs);
    for (const { name, limit, of } of resources) {
      const used = running.reduce((sum, other) => sum + of(other), 0);
      const needed = of(step);
      if (needed === 0 || used + needed <= limit + TOLERANCE) continue;
      return { resource: name, atMs, needed, used, limit, holders: running.filter((other) => of(other) > 0) };
    }
  }
  return undefined;
}

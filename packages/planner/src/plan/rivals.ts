import { poolLimits, type WorkflowDefinition, type WorkflowStep } from '@tutti/contracts';
import type { Graph } from '../graph/graph.ts';
import { reachability } from '../graph/reach.ts';

/** Pairs of steps are compared up to this many steps: a list of thousands of rivals explains nothing. */
const RIVAL_STEPS = 200;

/** Two steps that no chain of edges keeps apart and that want more of one resource than there is. */
export interface Rivalry {
  readonly from: string;
  readonly to: string;
  /** `cpu`, `memory` or the name of a resource of the pool. */
  readonly resource: string;
  readonly why: string;
}

/** The pairs that cannot run together for one resource: the first that is short, CPU and memory before the named ones. */
export function rivalries(definition: WorkflowDefinition, graph: Graph, order: Int32Array): Rivalry[] {
  const { steps } = definition;
  if (steps.length > RIVAL_STEPS) return [];
  const reach = reachability(graph, order);
  const scarce = scarceResources(definition);
  const found: Rivalry[] = [];
  steps.forEach((a, first) => {
    for (let second = first + 1; second < steps.length; second += 1) {
      const b = steps[second];
      if (b === undefined || !reach.areParallel(first, second)) continue;
      const short = scarce.find(({ of, limit }) => of(a) > 0 && of(b) > 0 && of(a) + of(b) > limit);
      if (short === undefined) continue;
      const { name, of, limit, unit } = short;
      const why = `"${a.id}" and "${b.id}" want ${of(a) + of(b)} of ${limit} ${unit}, so they run one after the other`;
      found.push({ from: a.id, to: b.id, resource: name, why });
    }
  });
  return found;
}

interface Scarce {
  readonly name: string;
  readonly unit: string;
  readonly limit: number;
  of(step: WorkflowStep): number;
}

function scarceResources({ pool }: WorkflowDefinition): Scarce[] {
  const limits = poolLimits(pool);
  const named = Object.entries(pool.named ?? {}).map(
    ([name, limit]): Scarce => ({ name, limit, unit: `units of "${name}"`, of: ({ uses }) => uses?.[name] ?? 0 }),
  );
  return [
    { name: 'cpu', limit: limits.cpu, unit: 'CPU units', of: ({ needs }) => needs.cpu },
    { name: 'memory', limit: limits.memory, unit: 'memory units', of: ({ needs }) => needs.memory },
    ...named,
  ];
}

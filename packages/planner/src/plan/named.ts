import type { Plan, WorkflowDefinition } from '@tutti/contracts';
import type { Problem } from '../schedule/problem.ts';

/** The problem with a further resource for each named one of the pool, after CPU, memory and agents. */
export function withNamedResources(problem: Problem, { pool, steps }: WorkflowDefinition): Problem {
  const named = Object.entries(pool.named ?? {});
  if (named.length === 0) return problem;
  const columns = named.map(([name]) => {
    const column = new Float64Array(problem.nodes);
    steps.forEach(({ uses }, node) => {
      column[node] = uses?.[name] ?? 0;
    });
    return column;
  });
  return {
    ...problem,
    demands: [...problem.demands, ...columns],
    capacities: [...problem.capacities, ...named.map(([, units]) => units)],
  };
}

/** The peaks of the named resources by their names; nothing where the pool has none. */
export function namedPeak({ pool }: WorkflowDefinition, peaks: readonly number[]): Pick<Plan, 'namedPeak'> {
  const names = Object.keys(pool.named ?? {});
  if (names.length === 0) return {};
  return { namedPeak: Object.fromEntries(names.map((name, at) => [name, peaks[at] ?? 0])) };
}

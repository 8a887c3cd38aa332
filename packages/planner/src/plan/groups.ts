import type { PlanGroup, WorkflowDefinition } from '@tutti/contracts';
import { type Graph, neighbours } from '../graph/graph.ts';
import type { Schedule } from '../schedule/problem.ts';

/** The file's groups, and for steps in none of them one group for each depth of the graph: what could run side by side. */
export function planGroups(
  definition: WorkflowDefinition,
  graph: Graph,
  order: Int32Array,
  times: Pick<Schedule, 'starts'> & { readonly durations: Float64Array },
): PlanGroup[] {
  const taken = new Set(graph.ids);
  const groups = definition.groups.map(({ id, steps, barrier }) => ({
    id,
    steps,
    implied: false,
    barrier: barrier !== undefined,
  }));
  for (const { id } of groups) taken.add(id);
  const implied = [...levels(definition, graph, order)].map(([depth, steps]) => ({
    id: freeName(`level_${depth}`, taken),
    steps,
    implied: true,
    barrier: false,
  }));
  return [...groups, ...implied]
    .map((group) => ({ ...group, ...span(graph, group.steps, times) }))
    .toSorted((a, b) => a.plannedStartMs - b.plannedStartMs);
}

function levels(definition: WorkflowDefinition, graph: Graph, order: Int32Array): Map<number, string[]> {
  const depths = new Int32Array(graph.nodes);
  for (const node of order) {
    let depth = 0;
    for (const before of neighbours(graph.before, node)) depth = Math.max(depth, depths[before] ?? 0);
    // A join is a point between two levels, not a level.
    depths[node] = depth + (node < graph.steps ? 1 : 0);
  }
  const found = new Map<number, string[]>();
  definition.steps.forEach(({ id, groupId }, node) => {
    if (groupId !== undefined) return;
    const depth = depths[node] ?? 0;
    const list = found.get(depth);
    if (list === undefined) found.set(depth, [id]);
    else list.push(id);
  });
  return new Map([...found].toSorted(([a], [b]) => a - b));
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  while (taken.has(name)) name = `${name}_`;
  return name;
}

function span(graph: Graph, steps: readonly string[], times: { starts: Float64Array; durations: Float64Array }) {
  let plannedStartMs = Number.POSITIVE_INFINITY;
  let plannedEndMs = 0;
  for (const id of steps) {
    const node = graph.stepIndex.get(id) ?? 0;
    const start = times.starts[node] ?? 0;
    plannedStartMs = Math.min(plannedStartMs, start);
    plannedEndMs = Math.max(plannedEndMs, start + (times.durations[node] ?? 0));
  }
  return { plannedStartMs, plannedEndMs };
}

import type { WorkflowDefinition } from '@tutti/contracts';

/**
 * The blocking edges of a workflow in flat arrays. Nodes 0 … steps-1 are the steps in the order of the definition; each
 * group with a barrier adds one node of no duration, so that m members and d dependents make m + d edges, not m × d.
 */
export interface Graph {
  readonly steps: number;
  readonly nodes: number;
  /** Step and group ids by node. */
  readonly ids: readonly string[];
  readonly stepIndex: ReadonlyMap<string, number>;
  readonly before: Adjacency;
  readonly after: Adjacency;
}

/** The neighbours of node n are `list[start[n] … start[n + 1] - 1]`. */
export interface Adjacency {
  readonly start: Int32Array;
  readonly list: Int32Array;
}

/** Unknown ids are left out; `checkDefinition` reports them. */
export function buildGraph(definition: WorkflowDefinition): Graph {
  const ids = definition.steps.map(({ id }) => id);
  const stepIndex = new Map(ids.map((id, index) => [id, index]));
  const groupIndex = new Map<string, number>();
  const from: number[] = [];
  const to: number[] = [];
  for (const group of definition.groups) {
    if (group.barrier === undefined) continue;
    const node = ids.push(group.id) - 1;
    groupIndex.set(group.id, node);
    for (const member of group.steps) addEdge(from, to, stepIndex.get(member), node);
  }
  definition.steps.forEach((step, node) => {
    for (const { kind, id } of step.waitsFor)
      addEdge(from, to, (kind === 'step' ? stepIndex : groupIndex).get(id), node);
  });
  const nodes = ids.length;
  return {
    steps: definition.steps.length,
    nodes,
    ids,
    stepIndex,
    before: adjacency(nodes, to, from),
    after: adjacency(nodes, from, to),
  };
}

function addEdge(from: number[], to: number[], source: number | undefined, target: number): void {
  if (source === undefined) return;
  from.push(source);
  to.push(target);
}

/** Groups the edges by `keys`; the order within a node is the order of the edges. */
export function adjacency(nodes: number, keys: readonly number[], values: readonly number[]): Adjacency {
  const start = new Int32Array(nodes + 1);
  for (const key of keys) start[key + 1] = (start[key + 1] ?? 0) + 1;
  for (let node = 0; node < nodes; node += 1) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice(0, nodes);
  const list = new Int32Array(values.length);
  keys.forEach((key, edge) => {
    const slot = next[key] ?? 0;
    list[slot] = values[edge] ?? 0;
    next[key] = slot + 1;
  });
  return { start, list };
}

export function* neighbours({ start, list }: Adjacency, node: number): Generator<number> {
  for (let slot = start[node] ?? 0; slot < (start[node + 1] ?? 0); slot += 1) yield list[slot] ?? 0;
}

/** Nodes in an order that no edge goes against; shorter than `nodes` when there is a cycle. */
export function topologicalOrder({ nodes, before, after }: Pick<Graph, 'nodes' | 'before' | 'after'>): Int32Array {
  const missing = new Int32Array(nodes);
  const order = new Int32Array(nodes);
  let known = 0;
  for (let node = 0; node < nodes; node += 1) {
    missing[node] = (before.start[node + 1] ?? 0) - (before.start[node] ?? 0);
    if (missing[node] === 0) order[known++] = node;
  }
  for (let next = 0; next < known; next += 1) {
    const node = order[next] ?? 0;
    for (let slot = after.start[node] ?? 0; slot < (after.start[node + 1] ?? 0); slot += 1) {
      const successor = after.list[slot] ?? 0;
      missing[successor] = (missing[successor] ?? 0) - 1;
      if (missing[successor] === 0) order[known++] = successor;
    }
  }
  return order.subarray(0, known);
}

/** One cycle for each knot of nodes that wait for each other, first node first; no knot is named twice. */
export function findCycles(graph: Graph, order: Int32Array): number[][] {
  const done = new Uint8Array(graph.nodes);
  for (const node of order) done[node] = 1;
  const cycles: number[][] = [];
  for (let start = 0; start < graph.nodes; start += 1) {
    const cycle = done[start] === 1 ? undefined : walkBack(graph, start, done);
    if (cycle !== undefined) cycles.push(cycle);
  }
  return cycles;
}

/**
 * Every node left over has an unfinished predecessor, so walking back must meet a cycle, or what an earlier walk has
 * already been through (then its cycle has been reported).
 */
function walkBack(graph: Graph, start: number, done: Uint8Array): number[] | undefined {
  const position = new Map<number, number>();
  const path: number[] = [];
  let node: number | undefined = start;
  while (node !== undefined && done[node] === 0 && !position.has(node)) {
    position.set(node, path.push(node) - 1);
    node = firstUnordered(graph, node, done, position);
  }
  for (const visited of path) done[visited] = 2;
  const from = node === undefined ? undefined : position.get(node);
  return from === undefined ? undefined : smallestFirst(path.slice(from).toReversed());
}

function smallestFirst(cycle: readonly number[]): number[] {
  const at = cycle.indexOf(cycle.reduce((a, b) => Math.min(a, b)));
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}

const firstUnordered = (
  graph: Graph,
  node: number,
  done: Uint8Array,
  position: ReadonlyMap<number, number>,
): number | undefined => {
  let fallback: number | undefined;
  for (const before of neighbours(graph.before, node)) {
    if (position.has(before)) return before;
    if (done[before] === 0) fallback ??= before;
  }
  return fallback;
};

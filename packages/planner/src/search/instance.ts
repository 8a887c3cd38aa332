/**
 * A scheduling problem as a search wants it: nodes numbered along the edges, neighbours in flat arrays, and the demands of a
 * node on all resources packed into two words, so that one subtraction asks all resources at once.
 */
import type { Adjacency } from '../graph/graph.ts';
import type { Problem } from '../schedule/problem.ts';

export interface Instance {
  readonly nodes: number;
  readonly durations: Float64Array;
  readonly resources: readonly [Word, Word];
  /** Nodes that must have ended before. Every one of them has a smaller number. */
  readonly before: Adjacency;
  /** Nodes that wait. Every one of them has a larger number. */
  readonly after: Adjacency;
  /** The node of the problem behind each number. */
  readonly origin: Int32Array;
}

/**
 * Several resources side by side in one 32-bit word. Each has a field that is one bit wider than its capacity needs: the top
 * bit, its guard, is set as long as nothing is overdrawn. A demand fits where a subtraction leaves all guards standing.
 */
export interface Word {
  readonly guards: number;
  /** Everything free, guards included. */
  readonly capacity: number;
  /** By node. */
  readonly demands: Int32Array;
}

/** Units are exact to a thousandth, as the pool counts them. */
const FINENESS = [1, 10, 100, 1_000];
const WORD_BITS = 31;

/** Undefined when the resources are too many or too large to be packed. */
export function instanceOf(problem: Problem): Instance | undefined {
  const { nodes, order } = problem;
  const resources = packed(problem);
  if (resources === undefined) return undefined;
  const number = new Int32Array(nodes);
  order.forEach((node, at) => {
    number[node] = at;
  });
  return {
    nodes,
    durations: Float64Array.from(order, (node) => problem.durations[node] ?? 0),
    resources,
    before: renumbered(problem.before, order, number),
    after: renumbered(problem.after, order, number),
    origin: order,
  };
}

interface Field {
  readonly bits: number;
  readonly capacity: number;
  readonly demands: readonly number[];
}

function packed(problem: Problem): readonly [Word, Word] | undefined {
  const fields = problem.demands.flatMap((column, r) => {
    const capacity = problem.capacities[r] ?? 0;
    return isNeverShort(column, capacity) ? [] : [fieldOf(problem, column, capacity)];
  });
  const words: [Field[], Field[]] = [[], []];
  for (const field of fields.sort((a, b) => b.bits - a.bits)) {
    const word = words.find((w) => w.reduce((sum, { bits }) => sum + bits, field.bits) <= WORD_BITS);
    if (word === undefined) return undefined;
    word.push(field);
  }
  return [wordOf(words[0], problem.nodes), wordOf(words[1], problem.nodes)];
}

/** Enough for all at once, such as memory of a pool that does not count it: nothing to keep to, and no bits to spend. */
const isNeverShort = (column: Float64Array, capacity: number): boolean =>
  column.reduce((sum, units) => sum + units, 0) <= capacity;

function fieldOf({ order }: Problem, column: Float64Array, capacity: number): Field {
  const isWhole = (by: number): boolean =>
    column.every((units) => Math.abs(units * by - Math.round(units * by)) < 1e-6);
  const by = FINENESS.find(isWhole) ?? FINENESS.at(-1) ?? 1;
  const top = Math.floor(capacity * by + 1e-6);
  const demands = Array.from(order, (node) => Math.ceil((column[node] ?? 0) * by - 1e-6));
  return { bits: Math.ceil(Math.log2(top + 1)) + 1, capacity: top, demands };
}

function wordOf(fields: readonly Field[], nodes: number): Word {
  const demands = new Int32Array(nodes);
  let [shift, guards, capacity] = [0, 0, 0];
  for (const field of fields) {
    guards |= 1 << (shift + field.bits - 1);
    capacity |= field.capacity << shift;
    for (const [node, units] of field.demands.entries()) demands[node] = (demands[node] ?? 0) + (units << shift);
    shift += field.bits;
  }
  return { guards, capacity: capacity | guards, demands };
}

function renumbered({ start, list }: Adjacency, order: Int32Array, number: Int32Array): Adjacency {
  const starts = new Int32Array(order.length + 1);
  const lists = new Int32Array(list.length);
  let slot = 0;
  order.forEach((node, at) => {
    for (let old = start[node] ?? 0; old < (start[node + 1] ?? 0); old += 1)
      lists[slot++] = number[list[old] ?? 0] ?? 0;
    starts[at + 1] = slot;
  });
  return { start: starts, list: lists };
}

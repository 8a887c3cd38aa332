import type { Graph } from './graph.ts';

/** Whether one of two nodes must come before the other: one bit a pair, so for graphs of some thousands of nodes. */
export interface Reach {
  /** True where no chain of edges leads from one to the other: they may run at once. */
  areParallel(a: number, b: number): boolean;
}

/** Steps above which pairs are not looked at: the bits of 4,000 nodes take 2 MB. */
export const REACH_LIMIT = 4000;

export function reachability(graph: Graph, order: Int32Array): Reach {
  const words = Math.ceil(graph.nodes / 32);
  const bits = new Uint32Array(words * graph.nodes);
  for (const node of order) {
    const row = node * words;
    for (let slot = graph.before.start[node] ?? 0; slot < (graph.before.start[node + 1] ?? 0); slot += 1) {
      const before = graph.before.list[slot] ?? 0;
      const from = before * words;
      for (let word = 0; word < words; word += 1) bits[row + word] = (bits[row + word] ?? 0) | (bits[from + word] ?? 0);
      const index = row + (before >>> 5);
      bits[index] = (bits[index] ?? 0) | (1 << (before & 31));
    }
  }
  const comesAfter = (a: number, b: number): boolean => (((bits[a * words + (b >>> 5)] ?? 0) >>> (b & 31)) & 1) === 1;
  return { areParallel: (a, b) => a !== b && !comesAfter(a, b) && !comesAfter(b, a) };
}

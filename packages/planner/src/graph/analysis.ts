import type { Problem } from '../schedule/problem.ts';

/** What the edges alone say, as if the pool had no end. Times in ms. */
export interface Analysis {
  /** Earliest starts. */
  readonly heads: Float64Array;
  /** The longest chain from a node's start to the end, its own duration included. */
  readonly tails: Float64Array;
  readonly criticalPathMs: number;
}

type Network = Pick<Problem, 'nodes' | 'durations' | 'before' | 'after' | 'order'>;

export function analyse({ nodes, durations, before, after, order }: Network): Analysis {
  const heads = new Float64Array(nodes);
  const tails = new Float64Array(nodes);
  let criticalPathMs = 0;
  for (const node of order) {
    let head = 0;
    for (let slot = before.start[node] ?? 0; slot < (before.start[node + 1] ?? 0); slot += 1) {
      const source = before.list[slot] ?? 0;
      head = Math.max(head, (heads[source] ?? 0) + (durations[source] ?? 0));
    }
    heads[node] = head;
    criticalPathMs = Math.max(criticalPathMs, head + (durations[node] ?? 0));
  }
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const node = order[at] ?? 0;
    let tail = 0;
    for (let slot = after.start[node] ?? 0; slot < (after.start[node + 1] ?? 0); slot += 1) {
      tail = Math.max(tail, tails[after.list[slot] ?? 0] ?? 0);
    }
    tails[node] = tail + (durations[node] ?? 0);
  }
  return { heads, tails, criticalPathMs };
}

/** One longest chain of nodes, from the start to the end; where several are equally long, the first by number. */
export function criticalChain(
  { nodes, durations, after }: Network,
  { heads, tails, criticalPathMs }: Analysis,
): number[] {
  const chain: number[] = [];
  const isOnPath = (node: number, start: number): boolean =>
    heads[node] === start && start + (tails[node] ?? 0) === criticalPathMs;
  let node: number | undefined;
  for (let first = 0; first < nodes && node === undefined; first += 1) if (isOnPath(first, 0)) node = first;
  while (node !== undefined) {
    chain.push(node);
    const end: number = (heads[node] ?? 0) + (durations[node] ?? 0);
    let next: number | undefined;
    for (let slot = after.start[node] ?? 0; slot < (after.start[node + 1] ?? 0); slot += 1) {
      const candidate = after.list[slot] ?? 0;
      if (isOnPath(candidate, end) && (next === undefined || candidate < next)) next = candidate;
    }
    node = next;
  }
  return chain;
}

import type { Analysis } from '../graph/analysis.ts';
import type { Problem } from '../schedule/problem.ts';

/** From when to when each node may run if the whole is to end by a given time. Windows only become narrower. */
export class Windows {
  /** The earliest start. */
  readonly from: Float64Array;
  /** The latest end. */
  readonly to: Float64Array;
  readonly #problem: Problem;
  isEmpty = false;
  isNarrower = true;

  constructor(problem: Problem, { heads, tails }: Analysis, length: number) {
    this.#problem = problem;
    this.from = heads.slice();
    this.to = tails.map((tail, node) => length - tail + (problem.durations[node] ?? 0));
  }

  startRound(): void {
    this.isNarrower = false;
  }

  startNoEarlier(node: number, at: number): void {
    if (at <= (this.from[node] as number)) return;
    this.from[node] = at;
    this.#look(node);
  }

  endNoLater(node: number, at: number): void {
    if (at >= (this.to[node] as number)) return;
    this.to[node] = at;
    this.#look(node);
  }

  /** Whether b fits behind a. */
  fitInOrder(a: number, b: number): boolean {
    const { durations } = this.#problem;
    const earliest = (this.from[a] as number) + (durations[a] as number) + (durations[b] as number);
    return earliest <= (this.to[b] as number);
  }

  putInOrder(a: number, b: number): void {
    const { durations } = this.#problem;
    this.startNoEarlier(b, (this.from[a] as number) + (durations[a] as number));
    this.endNoLater(a, (this.to[b] as number) - (durations[b] as number));
  }

  followEdges(): void {
    const { order, after, nodes } = this.#problem;
    for (let at = 0; at < nodes; at += 1) {
      const node = order[at] as number;
      const last = after.start[node + 1] as number;
      for (let slot = after.start[node] as number; slot < last; slot += 1)
        this.putInOrder(node, after.list[slot] as number);
    }
    for (let at = nodes - 1; at >= 0; at -= 1) {
      const node = order[at] as number;
      const last = after.start[node + 1] as number;
      for (let slot = after.start[node] as number; slot < last; slot += 1)
        this.putInOrder(node, after.list[slot] as number);
    }
  }

  #look(node: number): void {
    this.isNarrower = true;
    const room = (this.to[node] as number) - (this.from[node] as number);
    if (room < (this.#problem.durations[node] as number)) this.isEmpty = true;
  }
}

import { type Problem, TOLERANCE } from '../schedule/problem.ts';
import type { Windows } from './windows.ts';

/**
 * A node whose window is shorter than two of its durations runs for certain in the middle of it. What those parts take is not
 * there for others, so the others move to where they fit.
 */
export class Timetable {
  readonly #problem: Problem;
  readonly #working: readonly number[];
  readonly #windows: Windows;
  /** Of each node the part that is certain; empty where the end is not after the begin. */
  readonly #begins: Float64Array;
  readonly #ends: Float64Array;
  #moments: number[] = [];
  /** `used[resource][i]` holds from moment i to moment i + 1. */
  #used: Float64Array[] = [];

  constructor(problem: Problem, working: readonly number[], windows: Windows) {
    this.#problem = problem;
    this.#working = working;
    this.#windows = windows;
    this.#begins = new Float64Array(problem.nodes);
    this.#ends = new Float64Array(problem.nodes);
  }

  narrow(): void {
    this.#build();
    if (this.#moments.length === 0 || this.#windows.isEmpty) return;
    for (const node of this.#working) {
      this.#pushRight(node);
      this.#pushLeft(node);
    }
  }

  #build(): void {
    const { durations, demands, capacities } = this.#problem;
    const { from, to } = this.#windows;
    const certain: number[] = [];
    for (const node of this.#working) {
      this.#begins[node] = (to[node] as number) - (durations[node] as number);
      this.#ends[node] = (from[node] as number) + (durations[node] as number);
      if ((this.#begins[node] as number) < (this.#ends[node] as number)) certain.push(node);
    }
    const moments = new Set(certain.flatMap((node) => [this.#begins[node] as number, this.#ends[node] as number]));
    this.#moments = [...moments].sort((a, b) => a - b);
    const indexOf = new Map(this.#moments.map((moment, at) => [moment, at]));
    this.#used = demands.map((column, resource) => {
      const used = new Float64Array(this.#moments.length);
      for (const node of certain) {
        const last = indexOf.get(this.#ends[node] as number) ?? 0;
        for (let at = indexOf.get(this.#begins[node] as number) ?? 0; at < last; at += 1)
          used[at] = (used[at] as number) + (column[node] as number);
      }
      const capacity = (capacities[resource] ?? 0) + TOLERANCE;
      if (used.some((units) => units > capacity)) this.#windows.isEmpty = true;
      return used;
    });
  }

  /** Whether the node fits beside what is certain of the others between a moment and the next one. */
  #fits(node: number, at: number): boolean {
    const moment = this.#moments[at] as number;
    if ((this.#begins[node] as number) <= moment && moment < (this.#ends[node] as number)) return true;
    const { demands, capacities } = this.#problem;
    for (let resource = 0; resource < demands.length; resource += 1) {
      const units = (demands[resource] as Float64Array)[node] as number;
      const used = (this.#used[resource] as Float64Array)[at] as number;
      if (units > 0 && used + units > (capacities[resource] as number) + TOLERANCE) return false;
    }
    return true;
  }

  #pushRight(node: number): void {
    const moments = this.#moments;
    const duration = this.#problem.durations[node] as number;
    let start = this.#windows.from[node] as number;
    for (let at = 0; at + 1 < moments.length && (moments[at] as number) < start + duration; at += 1) {
      const next = moments[at + 1] as number;
      if (next > start && !this.#fits(node, at)) start = next;
    }
    this.#windows.startNoEarlier(node, start);
  }

  #pushLeft(node: number): void {
    const moments = this.#moments;
    const duration = this.#problem.durations[node] as number;
    let end = this.#windows.to[node] as number;
    for (let at = moments.length - 2; at >= 0 && (moments[at + 1] as number) > end - duration; at -= 1) {
      const moment = moments[at] as number;
      if (moment < end && !this.#fits(node, at)) end = moment;
    }
    this.#windows.endNoLater(node, end);
  }
}

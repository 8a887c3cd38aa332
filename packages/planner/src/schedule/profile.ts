import { TOLERANCE } from './problem.ts';

/**
 * What is used of each resource over time, as a sorted list of moments at which it changes. `used[r][i]` holds from
 * `times[i]` to `times[i + 1]`; after the last moment nothing is used.
 */
export class Profile {
  readonly #capacities: readonly number[];
  readonly #least: readonly number[];
  /** Before this index too little is free for any demand; what is used only grows, so it stays that way. */
  #full = 0;
  readonly #times: number[] = [0];
  readonly #used: number[][];

  /** @param least of each resource, the least that any demand will ask for */
  constructor(capacities: readonly number[], least: readonly number[]) {
    this.#capacities = capacities;
    this.#least = least;
    this.#used = capacities.map(() => [0]);
  }

  /** The earliest moment from `from` on at which the demand fits for the whole duration. */
  earliest(demand: readonly number[], duration: number, from: number): number {
    while (this.#full < this.#times.length && !this.#fits(this.#least, this.#full)) this.#full += 1;
    let at = Math.max(this.#indexAt(from), this.#full);
    let start = Math.max(from, this.#times[at] ?? 0);
    while (at < this.#times.length) {
      const begins = this.#times[at] ?? 0;
      if (begins >= start + duration) return start;
      if (this.#fits(demand, at)) at += 1;
      else {
        at += 1;
        start = this.#times[at] ?? start;
      }
    }
    return start;
  }

  add(demand: readonly number[], start: number, duration: number): void {
    const first = this.#split(start);
    const end = this.#split(start + duration);
    for (const [resource, units] of demand.entries()) {
      const used = this.#used[resource];
      if (used === undefined || units === 0) continue;
      for (let at = first; at < end; at += 1) used[at] = (used[at] ?? 0) + units;
    }
  }

  #fits(demand: readonly number[], at: number): boolean {
    for (let resource = 0; resource < demand.length; resource += 1) {
      const used = this.#used[resource]?.[at] ?? 0;
      if (used + (demand[resource] ?? 0) > (this.#capacities[resource] ?? 0) + TOLERANCE) return false;
    }
    return true;
  }

  /** The last index whose moment is not after `time`. */
  #indexAt(time: number): number {
    let low = 0;
    let high = this.#times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Makes `time` a moment of the list and returns its index. */
  #split(time: number): number {
    const at = this.#indexAt(time);
    if (this.#times[at] === time) return at;
    this.#times.splice(at + 1, 0, time);
    if (at < this.#full) this.#full += 1;
    for (const used of this.#used) used.splice(at + 1, 0, used[at] ?? 0);
    return at + 1;
  }
}

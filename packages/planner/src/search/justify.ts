/** Serial schedules and their forward-backward improvement, by the fast generator, for a problem whose resources pack. */
import type { Problem } from '../schedule/problem.ts';
import { Generator } from './generator.ts';
import { type Instance, instanceOf } from './instance.ts';
import { listByKeys } from './sampling.ts';

export class Justifier {
  readonly #instance: Instance;
  readonly #forward: Generator;
  readonly #backward: Generator;
  readonly #list: Int32Array;
  readonly #ends: Float64Array;

  /** Undefined when the resources cannot be packed. */
  static of(problem: Problem): Justifier | undefined {
    const instance = instanceOf(problem);
    return instance === undefined ? undefined : new Justifier(instance);
  }

  private constructor(instance: Instance) {
    const none = new Float64Array(instance.nodes);
    this.#instance = instance;
    this.#forward = new Generator(instance, true, none);
    this.#backward = new Generator(instance, false, none);
    this.#list = new Int32Array(instance.nodes);
    this.#ends = new Float64Array(instance.nodes);
  }

  /** Starts of the serial schedule in order of rank, by node of the problem. */
  serial(rank: ArrayLike<number>): Float64Array {
    this.#byKeys(rank);
    this.#forward.run(this.#list);
    return this.#starts();
  }

  /** Backwards by the latest end, forwards by the latest start, as often as it helps: none of it makes a schedule longer. */
  improve(starts: Float64Array, makespan: number, rounds: number): Float64Array {
    const { durations, origin } = this.#instance;
    let [best, shortest] = [starts, makespan];
    for (let round = 0; round < rounds; round += 1) {
      // What ended last goes first: the order of starts would not do, for it says nothing of the ends.
      const ends = Float64Array.from(origin, (node, at) => (best[node] ?? 0) + (durations[at] ?? 0));
      this.#byEnds(ends);
      this.#backward.run(this.#list);
      this.#backward.listForReturn(this.#list, this.#list, this.#ends);
      const next = this.#forward.run(this.#list);
      if (next >= shortest) break;
      [best, shortest] = [this.#starts(), next];
    }
    return best;
  }

  #byKeys(rank: ArrayLike<number>): void {
    listByKeys(
      this.#instance,
      Float64Array.from(this.#instance.origin, (node) => rank[node] ?? 0),
      this.#list,
    );
  }

  /** Latest end first; of equal ends the larger number, which is never a predecessor. */
  #byEnds(ends: Float64Array): void {
    const order = [...ends.keys()].sort((a, b) => (ends[b] ?? 0) - (ends[a] ?? 0) || b - a);
    this.#list.set(order);
  }

  #starts(): Float64Array {
    const { origin, durations } = this.#instance;
    const starts = new Float64Array(origin.length);
    for (const [at, node] of origin.entries()) starts[node] = (this.#forward.finish[at] ?? 0) - (durations[at] ?? 0);
    return starts;
  }
}

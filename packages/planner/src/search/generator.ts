/**
 * Serial schedule generation at speed: each node of a list as early as its predecessors and the capacities allow.
 *
 * What is free over time is a linked list of moments. A node can only start at 0 or where another one ends, and every end
 * is a moment, so no moment has to be searched for: the walk begins at the moment at which the last predecessor ended.
 */
import type { Instance, Word } from './instance.ts';

const NONE = -1;
/** The first moment, time 0, and the one behind all others, from which on everything is free for ever. */
const START = 0;
const NEVER = 1;

export class Generator {
  /** Of the schedule made last: when each node ends, in this generator's direction of time. */
  readonly finish: Float64Array;
  readonly #instance: Instance;
  readonly #before: Instance['before'];
  /** The moment at which each node ends. */
  readonly #endOf: Int32Array;
  readonly #time: Float64Array;
  readonly #next: Int32Array;
  /** What is free from a moment to the next one, in packed words. */
  readonly #free0: Int32Array;
  readonly #free1: Int32Array;
  /** The nodes that end at a moment, in the order in which they were scheduled: the first and the next. */
  readonly #firstAt: Int32Array;
  readonly #nextAt: Int32Array;
  readonly #rest: Float64Array;
  readonly #word0: Word;
  readonly #word1: Word;
  #moments = 0;

  /** Backwards it takes lists in which successors come first, and its time runs from the end of the schedule. */
  constructor(instance: Instance, isForward: boolean, rest: Float64Array) {
    this.#rest = rest;
    const { nodes } = instance;
    const ints = (): Int32Array => new Int32Array(nodes + 2);
    this.#instance = instance;
    [this.#word0, this.#word1] = instance.resources;
    this.#before = isForward ? instance.before : instance.after;
    this.finish = new Float64Array(nodes);
    this.#time = new Float64Array(nodes + 2);
    [this.#endOf, this.#next, this.#free0, this.#free1] = [ints(), ints(), ints(), ints()];
    [this.#firstAt, this.#nextAt] = [ints(), ints()];
  }

  /**
   * Schedules the list, predecessors first; the makespan, or infinity as soon as it is sure to exceed `limit`.
   *
   * The search for a place is not a function of its own, and looks at the second word only where there is one: here a search
   * spends its time, and together with the two loops it makes a schedule a sixth faster.
   */
  run(list: Int32Array, limit = Number.POSITIVE_INFINITY): number {
    const { nodes, durations } = this.#instance;
    const { guards: guards0, demands: demands0 } = this.#word0;
    const { guards: guards1, demands: demands1 } = this.#word1;
    const [finish, endOf, rest] = [this.finish, this.#endOf, this.#rest];
    const [time, next, free0, free1] = [this.#time, this.#next, this.#free0, this.#free1];
    const isTwo = guards1 !== 0;
    this.#reset();
    let moments = this.#moments;
    let makespan = 0;
    for (let place = 0; place < nodes; place += 1) {
      const node = list[place] as number;
      const duration = durations[node] as number;
      let at = this.#lastOf(node);
      let end = time[at] as number;
      finish[node] = end;
      endOf[node] = at;
      if (duration === 0) continue;
      const demand0 = demands0[node] as number;
      const demand1 = demands1[node] as number;
      let [first, last] = [at, at];
      do {
        // What is too full in one loop and what fits in another: a processor foresees each better than their mixture.
        while (
          isShort(free0[at] as number, demand0, guards0) ||
          (isTwo && isShort(free1[at] as number, demand1, guards1))
        )
          at = next[at] as number;
        first = at;
        end = (time[first] as number) + duration;
        do {
          last = at;
          at = next[at] as number;
        } while (
          (time[at] as number) < end &&
          !(isShort(free0[at] as number, demand0, guards0) || (isTwo && isShort(free1[at] as number, demand1, guards1)))
        );
      } while ((time[at] as number) < end);
      if (end + (rest[node] as number) > limit) return Number.POSITIVE_INFINITY;
      if ((time[at] as number) > end) at = this.#insert(moments++, last, end);
      this.#take(node, first, at);
      finish[node] = end;
      endOf[node] = at;
      if (end > makespan) makespan = end;
    }
    this.#moments = moments;
    return makespan;
  }

  /** The moment at which the last predecessor ends; the start when there is none. */
  #lastOf(node: number): number {
    const { start, list } = this.#before;
    const finish = this.finish;
    let moment = START;
    let latest = 0;
    for (let slot = start[node] as number, last = start[node + 1] as number; slot < last; slot += 1) {
      const other = list[slot] as number;
      const end = finish[other] as number;
      if (end <= latest) continue;
      latest = end;
      moment = this.#endOf[other] as number;
    }
    return moment;
  }

  /** Takes what the node needs from one moment until another. */
  #take(node: number, first: number, end: number): void {
    const [next, free0, free1] = [this.#next, this.#free0, this.#free1];
    const demand0 = this.#word0.demands[node] as number;
    const demand1 = this.#word1.demands[node] as number;
    for (let at = first; at !== end; at = next[at] as number) {
      free0[at] = (free0[at] as number) - demand0;
      free1[at] = (free1[at] as number) - demand1;
    }
  }

  #insert(made: number, after: number, time: number): number {
    this.#time[made] = time;
    this.#next[made] = this.#next[after] as number;
    this.#next[after] = made;
    this.#free0[made] = this.#free0[after] as number;
    this.#free1[made] = this.#free1[after] as number;
    return made;
  }

  #reset(): void {
    this.#time[START] = 0;
    this.#time[NEVER] = Number.POSITIVE_INFINITY;
    this.#next[START] = NEVER;
    for (let moment = START; moment <= NEVER; moment += 1) {
      this.#free0[moment] = this.#word0.capacity;
      this.#free1[moment] = this.#word1.capacity;
    }
    this.#moments = NEVER + 1;
  }

  /** Of the list that was scheduled last: the one that the other direction is to take, and when each of it ended. */
  listForReturn(list: Int32Array, into: Int32Array, ends: Float64Array): void {
    this.#noteEnds(list);
    const nextAt = this.#nextAt;
    let place = this.#instance.nodes - 1;
    for (let moment = START; moment !== NEVER; moment = this.#next[moment] as number) {
      const end = this.#time[moment] as number;
      for (let node = this.#firstAt[moment] as number; node !== NONE; node = nextAt[node] as number) {
        ends[place] = end;
        into[place--] = node;
      }
    }
  }

  /** Only when they are asked for: most schedules are given up, and nobody asks who ended when. */
  #noteEnds(list: Int32Array): void {
    const firstAt = this.#firstAt.fill(NONE, 0, this.#moments);
    for (let place = this.#instance.nodes - 1; place >= 0; place -= 1) {
      const node = list[place] as number;
      const moment = this.#endOf[node] as number;
      this.#nextAt[node] = firstAt[moment] as number;
      firstAt[moment] = node;
    }
  }
}

const isShort = (free: number, demand: number, guards: number): boolean => ((free - demand) & guards) !== guards;

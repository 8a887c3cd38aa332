/**
 * Serial schedule generation at speed: each node of a list as early as its predecessors and the capacities allow.
 *
 * What is free over time is a linked list of moments. A node can only start at 0 or where another one ends, and every end
 * is a moment, so no moment has to be searched for: the walk begins at the moment at which the last predecessor ended.
 */
import type { Instance, Word } from './instance.ts';

const NONE = -1;

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
  /** The nodes that end at a moment, in the order in which they were scheduled: the first, the last, the next. */
  readonly #firstAt: Int32Array;
  readonly #lastAt: Int32Array;
  readonly #nextAt: Int32Array;
  readonly #rest: Float64Array;
  #moments = 0;
  readonly #word0: Word;
  readonly #word1: Word;

  /** Backwards it takes lists in which successors come first, and its time runs from the end of the schedule. */
  constructor(instance: Instance, isForward: boolean, rest: Float64Array) {
    this.#rest = rest;
    const { nodes } = instance;
    const ints = (): Int32Array => new Int32Array(nodes + 1);
    this.#instance = instance;
    [this.#word0, this.#word1] = instance.resources;
    this.#before = isForward ? instance.before : instance.after;
    this.finish = new Float64Array(nodes);
    this.#time = new Float64Array(nodes + 1);
    [this.#endOf, this.#next, this.#free0, this.#free1] = [ints(), ints(), ints(), ints()];
    [this.#firstAt, this.#lastAt, this.#nextAt] = [ints(), ints(), ints()];
  }

  /** Schedules the list, predecessors first; the makespan, or infinity as soon as it is sure to exceed `limit`. */
  run(list: Int32Array, limit = Number.POSITIVE_INFINITY): number {
    const { nodes, durations } = this.#instance;
    const finish = this.finish;
    const endOf = this.#endOf;
    const rest = this.#rest;
    this.#moments = this.#reset();
    let makespan = 0;
    for (let place = 0; place < nodes; place += 1) {
      const node = list[place] as number;
      const ready = this.#lastOf(node);
      const duration = durations[node] as number;
      let end = this.#time[ready] as number;
      let moment = ready;
      if (duration > 0) {
        const first = this.#firstFit(node, ready, duration);
        end = (this.#time[first] as number) + duration;
        if (end + (rest[node] as number) > limit) return Number.POSITIVE_INFINITY;
        moment = this.#take(node, first, end);
        if (end > makespan) makespan = end;
      }
      finish[node] = end;
      endOf[node] = moment;
      this.#noteEnd(node, moment);
    }
    return makespan;
  }

  /** The moment at which the last predecessor ends; 0 when there is none. */
  #lastOf(node: number): number {
    const from = this.#before.start;
    const before = this.#before.list;
    const finish = this.finish;
    let moment = 0;
    let latest = 0;
    for (let slot = from[node] as number, last = from[node + 1] as number; slot < last; slot += 1) {
      const other = before[slot] as number;
      const end = finish[other] as number;
      if (end <= latest) continue;
      latest = end;
      moment = this.#endOf[other] as number;
    }
    return moment;
  }

  /** The first moment from which on the node fits for as long as it takes. After the last moment everything is free. */
  #firstFit(node: number, ready: number, duration: number): number {
    const time = this.#time;
    const next = this.#next;
    const free0 = this.#free0;
    const free1 = this.#free1;
    const guards0 = this.#word0.guards;
    const guards1 = this.#word1.guards;
    const demand0 = this.#word0.demands[node] as number;
    const demand1 = this.#word1.demands[node] as number;
    let first = ready;
    let end = (time[ready] as number) + duration;
    let at = ready;
    for (;;) {
      const left0 = (free0[at] as number) - demand0;
      const left1 = (free1[at] as number) - demand1;
      at = next[at] as number;
      if ((left0 & guards0) !== guards0 || (left1 & guards1) !== guards1) {
        first = at;
        end = (time[at] as number) + duration;
      } else if (at < 0 || (time[at] as number) >= end) return first;
    }
  }

  /** Takes what the node needs from `first` until `end`; returns the moment of its end. */
  #take(node: number, first: number, end: number): number {
    const time = this.#time;
    const next = this.#next;
    const free0 = this.#free0;
    const free1 = this.#free1;
    const demand0 = this.#word0.demands[node] as number;
    const demand1 = this.#word1.demands[node] as number;
    for (let at = first; ; ) {
      const following = next[at] as number;
      if (following < 0 || (time[following] as number) > end) this.#insert(at, following, end);
      free0[at] = (free0[at] as number) - demand0;
      free1[at] = (free1[at] as number) - demand1;
      at = next[at] as number;
      if ((time[at] as number) >= end) return at;
    }
  }

  #insert(after: number, following: number, time: number): void {
    const made = this.#moments++;
    this.#time[made] = time;
    this.#next[made] = following;
    this.#next[after] = made;
    this.#free0[made] = this.#free0[after] as number;
    this.#free1[made] = this.#free1[after] as number;
    this.#firstAt[made] = NONE;
  }

  #noteEnd(node: number, moment: number): void {
    this.#nextAt[node] = NONE;
    if (this.#firstAt[moment] === NONE) this.#firstAt[moment] = node;
    else this.#nextAt[this.#lastAt[moment] as number] = node;
    this.#lastAt[moment] = node;
  }

  #reset(): number {
    this.#time[0] = 0;
    this.#next[0] = NONE;
    this.#free0[0] = this.#word0.capacity;
    this.#free1[0] = this.#word1.capacity;
    this.#firstAt[0] = NONE;
    return 1;
  }

  /** The list that the other direction is to take, whatever ended last first; and when each of it ended. */
  listForReturn(into: Int32Array, ends: Float64Array): void {
    const nextAt = this.#nextAt;
    let place = this.#instance.nodes - 1;
    for (let moment = 0; moment !== NONE; moment = this.#next[moment] as number) {
      const end = this.#time[moment] as number;
      for (let node = this.#firstAt[moment] as number; node !== NONE; node = nextAt[node] as number) {
        ends[place] = end;
        into[place--] = node;
      }
    }
  }
}

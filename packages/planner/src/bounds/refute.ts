/**
 * Whether a length can be refuted: each node gets a window from its earliest start to its latest end, and the windows are
 * narrowed until one is too narrow for its node, or nothing more follows (destructive improvement, Klein and Scholl 1999).
 */
import type { Analysis } from '../graph/analysis.ts';
import type { Problem } from '../schedule/problem.ts';
import type { Conflicts } from './conflicts.ts';
import { isOverfull } from './intervals.ts';
import { Timetable } from './timetable.ts';
import { Windows } from './windows.ts';

/** Narrowing again and again gains little after some rounds. */
const ROUNDS = 12;
/** Up to here intervals are looked at too, in cubic time: 2 ms for 60 nodes, and they refute little that the rest does not. */
const INTERVAL_NODES = 64;

export class Refuter {
  readonly #problem: Problem;
  readonly #analysis: Analysis;
  readonly #conflicts: Conflicts;

  constructor(problem: Problem, analysis: Analysis, conflicts: Conflicts) {
    this.#problem = problem;
    this.#analysis = analysis;
    this.#conflicts = conflicts;
  }

  /** True: no schedule is as short as this. */
  refutes(length: number): boolean {
    const { working } = this.#conflicts;
    const windows = new Windows(this.#problem, this.#analysis, length);
    const timetable = new Timetable(this.#problem, working, windows);
    for (let round = 0; round < ROUNDS; round += 1) {
      windows.startRound();
      windows.followEdges();
      this.#orderPairs(windows);
      timetable.narrow();
      if (windows.isEmpty) return true;
      if (!windows.isNarrower) break;
    }
    return this.#problem.nodes <= INTERVAL_NODES && isOverfull(this.#problem, working, windows);
  }

  /** Of two that exclude each other, one goes first; where only one order fits into the windows, it is known which. */
  #orderPairs(windows: Windows): void {
    const { open } = this.#conflicts;
    for (let at = 0; at < open.length; at += 2) {
      const [a, b] = [open[at] as number, open[at + 1] as number];
      const aFits = windows.fitInOrder(a, b);
      const bFits = windows.fitInOrder(b, a);
      if (!aFits) windows.putInOrder(b, a);
      if (!bFits) windows.putInOrder(a, b);
    }
  }
}

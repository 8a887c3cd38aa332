import { NodeHeap } from './heap.ts';
import { leastDemands, type Problem, TOLERANCE } from './problem.ts';
import { ReadyWindow } from './window.ts';

/** Nodes that are looked at at one moment; bounds the work of a moment on wide graphs. */
const LOOKAHEAD = 256;

/**
 * Parallel schedule generation: at each moment, what is ready starts in order of rank if it fits. This is what the
 * resource manager does in a run, so the plan shows what will happen. O(n log n) but for the look-ahead.
 */
export function parallelSchedule(problem: Problem, rank: ArrayLike<number>): Float64Array {
  const starts = new Float64Array(problem.nodes);
  const ends = new Float64Array(problem.nodes);
  const run: Run = {
    problem,
    starts,
    ends,
    free: [...problem.capacities],
    least: leastDemands(problem),
    ready: new ReadyWindow(rank, LOOKAHEAD),
    running: new NodeHeap(ends),
    missing: Int32Array.from(
      { length: problem.nodes },
      (_, node) => (problem.before.start[node + 1] ?? 0) - (problem.before.start[node] ?? 0),
    ),
  };
  const first = [...run.missing.keys()].filter((node) => run.missing[node] === 0);
  for (const node of first) arrive(run, node, 0);
  startReady(run, 0);
  for (let node = run.running.peek(); node !== undefined; node = run.running.peek()) {
    const now = ends[node] ?? 0;
    for (let next = run.running.peek(); next !== undefined && ends[next] === now; next = run.running.peek()) {
      run.running.pop();
      take(run, next, 1);
      release(run, next, now);
    }
    startReady(run, now);
  }
  return starts;
}

interface Run {
  readonly problem: Problem;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly free: number[];
  /** Of each resource, what the most modest node needs: with less than that free, nothing can start. */
  readonly least: readonly number[];
  readonly ready: ReadyWindow;
  readonly running: NodeHeap;
  readonly missing: Int32Array;
}

function startReady(run: Run, now: number): void {
  run.ready.sweep(
    (node) => {
      if (!fits(run, node)) return false;
      start(run, node, now);
      return true;
    },
    () => run.free.every((units, resource) => units + TOLERANCE >= (run.least[resource] ?? 0)),
  );
}

/** What takes no time (a join) is over as soon as it is ready; the rest waits for its turn. */
function arrive(run: Run, node: number, now: number): void {
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ((run.problem.durations[next] ?? 0) > 0) {
      run.ready.push(next);
      continue;
    }
    run.starts[next] = now;
    open.push(...freed(run, next));
  }
}

function fits({ problem, free }: Run, node: number): boolean {
  for (let resource = 0; resource < free.length; resource += 1) {
    if ((problem.demands[resource]?.[node] ?? 0) > (free[resource] ?? 0) + TOLERANCE) return false;
  }
  return true;
}

function start(run: Run, node: number, now: number): void {
  take(run, node, -1);
  run.starts[node] = now;
  run.ends[node] = now + (run.problem.durations[node] ?? 0);
  run.running.push(node);
}

function take({ problem, free }: Run, node: number, sign: 1 | -1): void {
  for (let resource = 0; resource < free.length; resource += 1) {
    free[resource] = (free[resource] ?? 0) + sign * (problem.demands[resource]?.[node] ?? 0);
  }
}

function release(run: Run, node: number, now: number): void {
  for (const next of freed(run, node)) arrive(run, next, now);
}

/** The nodes for which this one was the last they waited for. */
function freed({ problem, missing }: Run, node: number): number[] {
  const { start: from, list } = problem.after;
  const found: number[] = [];
  for (let slot = from[node] ?? 0; slot < (from[node + 1] ?? 0); slot += 1) {
    const next = list[slot] ?? 0;
    missing[next] = (missing[next] ?? 0) - 1;
    if (missing[next] === 0) found.push(next);
  }
  return found;
}

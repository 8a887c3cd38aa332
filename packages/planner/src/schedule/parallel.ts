import { NodeHeap } from './heap.ts';
import { type Problem, TOLERANCE } from './problem.ts';

/** Nodes that are looked at, at one moment, after one did not fit; bounds the work of a moment on wide graphs. */
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
    eligible: new NodeHeap(rank),
    running: new NodeHeap(ends),
    missing: Int32Array.from(
      { length: problem.nodes },
      (_, node) => (problem.before.start[node + 1] ?? 0) - (problem.before.start[node] ?? 0),
    ),
  };
  for (let node = 0; node < problem.nodes; node += 1) if (run.missing[node] === 0) run.eligible.push(node);
  startReady(run, 0);
  for (let node = run.running.peek(); node !== undefined; node = run.running.peek()) {
    const now = ends[node] ?? 0;
    for (let next = run.running.peek(); next !== undefined && ends[next] === now; next = run.running.peek()) {
      run.running.pop();
      finish(run, next);
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
  readonly eligible: NodeHeap;
  readonly running: NodeHeap;
  readonly missing: Int32Array;
}

function startReady(run: Run, now: number): void {
  const passed: number[] = [];
  while (passed.length < LOOKAHEAD) {
    const node = run.eligible.pop();
    if (node === undefined) break;
    run.starts[node] = now;
    if ((run.problem.durations[node] ?? 0) === 0) release(run, node);
    else if (fits(run, node)) start(run, node, now);
    else passed.push(node);
  }
  for (const node of passed) run.eligible.push(node);
}

function fits({ problem, free }: Run, node: number): boolean {
  for (let resource = 0; resource < free.length; resource += 1) {
    if ((problem.demands[resource]?.[node] ?? 0) > (free[resource] ?? 0) + TOLERANCE) return false;
  }
  return true;
}

function start(run: Run, node: number, now: number): void {
  take(run, node, -1);
  run.ends[node] = now + (run.problem.durations[node] ?? 0);
  run.running.push(node);
}

function finish(run: Run, node: number): void {
  take(run, node, 1);
  release(run, node);
}

function take({ problem, free }: Run, node: number, sign: 1 | -1): void {
  for (let resource = 0; resource < free.length; resource += 1) {
    free[resource] = (free[resource] ?? 0) + sign * (problem.demands[resource]?.[node] ?? 0);
  }
}

function release({ problem, missing, eligible }: Run, node: number): void {
  const { start, list } = problem.after;
  for (let slot = start[node] ?? 0; slot < (start[node + 1] ?? 0); slot += 1) {
    const next = list[slot] ?? 0;
    missing[next] = (missing[next] ?? 0) - 1;
    if (missing[next] === 0) eligible.push(next);
  }
}

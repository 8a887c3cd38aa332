import { adjacency, neighbours } from '../graph/graph.ts';
import type { Problem } from '../schedule/problem.ts';
import type { Chains } from './chains.ts';
import type { ReplannedStep, StepProgress } from './replan.ts';

/** What is known of each node; those of barriers are neither told of nor in a state. */
export interface Known {
  readonly nowMs: number;
  readonly plannedStarts: Float64Array;
  readonly plannedEnds: Float64Array;
  readonly told: readonly (StepProgress | undefined)[];
  readonly state: readonly ReplannedStep['state'][];
  readonly running: readonly number[];
  /** In the order of the plan. */
  readonly waiting: readonly number[];
}

interface Times {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** When each step that waits starts: as planned, earlier by what comes before it being early, later by its being late. */
export function shiftedStarts(problem: Problem, known: Known, chains: Chains): Times {
  const { nodes, durations, order, before } = problem;
  const times = { starts: new Float64Array(nodes), ends: new Float64Array(nodes) };
  const plannedReady = new Float64Array(nodes);
  const givers = adjacency(nodes, chains.to, chains.from);
  const settle = (node: number): void => {
    let [ready, planned] = [0, 0];
    for (const list of [before, givers]) {
      for (const other of neighbours(list, node)) {
        ready = Math.max(ready, times.ends[other] ?? 0);
        planned = Math.max(
          planned,
          other < known.state.length ? (known.plannedEnds[other] ?? 0) : (plannedReady[other] ?? 0),
        );
      }
    }
    plannedReady[node] = planned;
    place(node, known, times, durations[node] ?? 0, { ready, planned });
  };
  // Waiting steps hand units to each other along the plan, barriers stand between them: both orders at once.
  for (const node of inOrder(problem, known, order)) settle(node);
  return times;
}

function place(
  node: number,
  known: Known,
  { starts, ends }: Times,
  duration: number,
  { ready, planned }: { readonly ready: number; readonly planned: number },
): void {
  const { nowMs, told, state, plannedStarts } = known;
  if (node >= state.length) {
    // A barrier: no longer than its last member.
    starts[node] = ends[node] = ready;
    return;
  }
  const { startedMs, endedMs } = told[node] ?? {};
  if (state[node] === 'waiting') {
    const plannedStart = plannedStarts[node] ?? 0;
    starts[node] = Math.max(nowMs, ready, Math.min(plannedStart, ready + Math.max(0, plannedStart - planned)));
    ends[node] = (starts[node] ?? 0) + duration;
    return;
  }
  starts[node] = startedMs ?? endedMs ?? 0;
  ends[node] = endedMs ?? Math.max(nowMs, (starts[node] ?? 0) + duration);
}

/** Nodes so that all that one waits for comes before it: what has begun, then by planned start, barriers by their members. */
function inOrder(
  { nodes, order, before }: Problem,
  { state, waiting, plannedEnds, plannedStarts }: Known,
  topological: Int32Array,
): number[] {
  const rank = new Float64Array(nodes);
  const placeOf = new Float64Array(nodes);
  topological.forEach((node, at) => {
    placeOf[node] = at;
  });
  const isWaiting = new Uint8Array(nodes);
  for (const node of waiting) isWaiting[node] = 1;
  for (const node of order) {
    if (node < state.length) rank[node] = isWaiting[node] === 1 ? (plannedStarts[node] ?? 0) : -1;
    else
      for (const member of neighbours(before, node)) rank[node] = Math.max(rank[node] ?? 0, plannedEnds[member] ?? 0);
  }
  return [...order].sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || (placeOf[a] ?? 0) - (placeOf[b] ?? 0));
}

/** By the edges alone: the work ahead of each node from now on, and what is on a longest chain of it. */
export function outlook(
  { nodes, durations, order, before, after }: Problem,
  { nowMs, told, state }: Known,
): { readonly remaining: Float64Array; readonly critical: Uint8Array } {
  const left = durations.map((duration, node) => {
    if (state[node] === 'ended') return 0;
    return state[node] === 'running' ? Math.max(0, (told[node]?.startedMs ?? 0) + duration - nowMs) : duration;
  });
  const ahead = new Float64Array(nodes);
  const remaining = new Float64Array(nodes);
  for (const node of order)
    for (const other of neighbours(before, node))
      ahead[node] = Math.max(ahead[node] ?? 0, (ahead[other] ?? 0) + (left[other] ?? 0));
  for (const node of order.toReversed()) {
    let tail = 0;
    for (const other of neighbours(after, node)) tail = Math.max(tail, remaining[other] ?? 0);
    remaining[node] = tail + (left[node] ?? 0);
  }
  const longest = remaining.reduce((most, chain) => Math.max(most, chain), 0);
  const critical = Uint8Array.from(remaining, (chain, node) =>
    state[node] !== 'ended' && (ahead[node] ?? 0) + chain === longest ? 1 : 0,
  );
  return { remaining, critical };
}

/**
 * How long planning takes, against the budget of the architecture: 1,000 steps in 50 ms, 10,000 in 1 s, growing no faster
 * than n log n. A figure, never a test, for the machine may be busy.
 */
import type { WorkflowDefinition } from '@tutti/contracts';
import { type Progress, planWorkflow, replan, type StepHandle, type WorkflowBuilder, workflow } from '@tutti/planner';
import { median, percentile, rounded } from '../arithmetic.ts';
import { nowMs as clockMs } from '../time.adapter.ts';

const SIZES = [1_000, 2_000, 5_000, 10_000] as const;
const BUDGET_MS: Readonly<Record<number, number>> = { 1000: 50, 10000: 1_000 };
const ROUNDS = 5;

/** A linear congruential generator: the same shapes each time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Build = (w: WorkflowBuilder, steps: number, random: (below: number) => number) => void;

const keys = (random: (below: number) => number, after: readonly string[]) => ({
  estimated_duration: 1 + random(600),
  depends_on: [...after],
  resource_requirements: { cpu: 5 + random(60), memory: 5 + random(50) },
});

/** Steps in layers of `width`; each waits for up to three of the layer before. */
export const layered =
  (width: number): Build =>
  (w, steps, random) => {
    for (let n = 0; n < steps; n += 1) {
      const first = (Math.floor(n / width) - 1) * width;
      const after = first < 0 ? [] : [0, 1, 2].map(() => `s${first + random(width)}`);
      w.step(`s${n}`, keys(random, [...new Set(after)]));
    }
  };

const SHAPES: Readonly<Record<string, Build>> = {
  layered: layered(20),
  wide: layered(1_000),
  chain: layered(1),
  free: (w, steps, random) => {
    for (let n = 0; n < steps; n += 1) w.step(`s${n}`, keys(random, []));
  },
  /** Groups of ten with a barrier, each after the group before or the one before that. */
  groups: (w, steps, random) => {
    for (let g = 0; g < steps / 10; g += 1) {
      const after = g === 0 ? [] : [`g${Math.max(0, g - 1 - random(2))}`];
      const members: StepHandle[] = [];
      for (let n = 0; n < 10; n += 1) members.push(w.step(`s${g}-${n}`, keys(random, after)));
      w.group(`g${g}`, members);
    }
  },
};

function measure(definition: WorkflowDefinition): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedMs = clockMs();
    planWorkflow(definition);
    return clockMs() - startedMs;
  });
  return rounded(median(times));
}

export interface PlanRow {
  readonly shape: string;
  /** Agents that the pool lets run at once. */
  readonly concurrent: number;
  /** Median of planning, ms, by the number of steps. */
  readonly ms: Readonly<Record<number, number>>;
  /** From the smallest size to the largest; 1 is n log n, below is slower growth. */
  readonly growth: number;
  /** Sizes over their budget. */
  readonly over: readonly number[];
}

/** Planning anew in the middle of a run. */
export interface ReplanRow {
  readonly steps: number;
  readonly ms: { readonly median: number; readonly p95: number };
  readonly budgetMs: number;
  readonly isOver: boolean;
}

export interface PlanReport {
  readonly bench: 'plan';
  readonly node: string;
  readonly rows: readonly PlanRow[];
  readonly replan: ReplanRow;
}

const REPLAN = { steps: 100, rounds: 50, budgetMs: 5 } as const;

/** Half of the plan's time has gone by, and all that ended took as long as planned. */
function replanRow(): ReplanRow {
  const definition = workflow('measured', (w) => layered(20)(w, REPLAN.steps, seeded(1)));
  const plan = planWorkflow(definition);
  const nowMs = Math.floor(plan.makespanMs / 2);
  const begun = plan.steps.filter(({ plannedStartMs }) => plannedStartMs < nowMs);
  const steps: Progress['steps'] = Object.fromEntries(
    begun.map(({ id, plannedStartMs: startedMs, plannedEndMs: endedMs }) => [
      id,
      endedMs <= nowMs ? { startedMs, endedMs } : { startedMs },
    ]),
  );
  const times = Array.from({ length: REPLAN.rounds }, () => {
    const startedMs = clockMs();
    replan(definition, plan, { nowMs, steps });
    return clockMs() - startedMs;
  });
  const ms = { median: rounded(median(times)), p95: rounded(percentile(times, 0.95)) };
  return { steps: REPLAN.steps, ms, budgetMs: REPLAN.budgetMs, isOver: ms.median > REPLAN.budgetMs };
}

function rowOf(shape: string, build: Build, concurrent: number): PlanRow {
  const ms: Record<number, number> = {};
  for (const steps of SIZES) {
    const definition = workflow('measured', (w) => {
      w.set({ resource_manager: { resource_pool: { computational: { concurrent_agent_limit: concurrent } } } });
      build(w, steps, seeded(steps));
    });
    ms[steps] = measure(definition);
  }
  const [small, large] = [SIZES[0], SIZES[SIZES.length - 1] ?? SIZES[0]];
  const nLogN = (large * Math.log(large)) / (small * Math.log(small));
  const growth = rounded((ms[large] ?? 0) / (ms[small] ?? 1) / nLogN);
  const over = Object.entries(BUDGET_MS).filter(([size, budget]) => (ms[Number(size)] ?? 0) > budget);
  return { shape, concurrent, ms, growth, over: over.map(([size]) => Number(size)) };
}

export function planBench(): PlanReport {
  const rows = Object.entries(SHAPES).flatMap(([shape, build]) => [3, 100].map((n) => rowOf(shape, build, n)));
  return { bench: 'plan', node: process.version, rows, replan: replanRow() };
}

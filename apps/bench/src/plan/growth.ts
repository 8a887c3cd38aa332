/** How planning grows with the number of steps: time, memory, and the exponent that fits. */
import { planWorkflow, workflow } from '@tutti/planner';
import { median, rounded } from '../arithmetic.ts';
import { nowMs } from '../time.adapter.ts';
import { layered, seeded } from './bench.ts';

const SIZES = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000] as const;
/** From here on one measurement is enough: it takes a second or more. */
const ONCE_FROM = 30_000;
const ROUNDS = 5;
const WIDTH = 20;
const MIB = 2 ** 20;

export interface GrowthReport {
  readonly bench: 'plan-growth';
  readonly node: string;
  readonly shape: string;
  /** By the number of steps: median ms of planning, and MiB in use right after it, the definition and the plan included. */
  readonly rows: readonly { readonly steps: number; readonly ms: number; readonly mib: number }[];
  /** e of ms = c · steps^e, fitted by least squares of the logarithms from 1,000 steps on. */
  readonly exponent: number;
  readonly targets: Readonly<Record<string, boolean>>;
}

export function growthBench(): GrowthReport {
  const rows = SIZES.map(rowOf);
  const msOf = (steps: number): number => rows.find((row) => row.steps === steps)?.ms ?? Number.NaN;
  return {
    bench: 'plan-growth',
    node: process.version,
    shape: `layers of ${WIDTH} steps, each after up to three of the layer before`,
    rows,
    exponent: rounded(exponentOf(rows.filter(({ steps }) => steps >= 1_000))),
    targets: {
      'budget: 1,000 steps <= 50 ms': msOf(1_000) <= 50,
      'budget: 10,000 steps <= 1 s': msOf(10_000) <= 1_000,
      '100,000 steps are planned': msOf(100_000) > 0,
    },
  };
}

function rowOf(steps: number): GrowthReport['rows'][number] {
  const definition = workflow('measured', (w) => layered(WIDTH)(w, steps, seeded(steps)));
  const times: number[] = [];
  let mib = 0;
  for (let n = 0; n < (steps >= ONCE_FROM ? 1 : ROUNDS); n += 1) {
    const startedMs = nowMs();
    const plan = planWorkflow(definition);
    times.push(nowMs() - startedMs);
    if (plan.steps.length !== steps) throw new Error(`Of ${steps} steps ${plan.steps.length} were planned`);
    mib = Math.max(mib, process.memoryUsage().heapUsed / MIB);
  }
  return { steps, ms: rounded(median(times)), mib: rounded(mib) };
}

/** Slope of the line through the logarithms. */
export function exponentOf(rows: readonly { readonly steps: number; readonly ms: number }[]): number {
  const points = rows.map(({ steps, ms }) => [Math.log(steps), Math.log(ms)] as const);
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

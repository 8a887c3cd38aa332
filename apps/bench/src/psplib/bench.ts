/**
 * How near to the best known schedules the planner comes within a budget of time: any folder of instances, one JSON line a
 * file. Each schedule is checked by its definition before it counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Solution, solve } from '@tutti/planner';
import { median, percentile, rounded } from '../arithmetic.ts';
import { nowMs } from '../time.adapter.ts';
import { type PsplibInstance, parseInstance } from './instance.ts';

/**
 * Activities that the search schedules in a ms, measured on two slow cores. It sizes the search's populations for the budget
 * and bounds nothing: a faster machine goes on until the time is over.
 */
const ACTIVITIES_A_MS = 8_000;
/**
 * Searches before anything is measured, ms in all, so that what is compiled once is not counted to the first instances. Those of
 * instances that are solved at once warm nothing.
 */
const WARM_UP_MS = 3_000;

export interface PsplibRow {
  readonly bench: 'psplib';
  readonly set: string;
  readonly node: string;
  readonly budgetMs: number;
  readonly instances: number;
  /** Over the instances whose best known makespan is given; null where none is. */
  readonly averageGapPercent: number | null;
  readonly worstGapPercent: number | null;
  /** Instances with the best known makespan, or a shorter one. */
  readonly solved: number;
  /** Of those, shorter than any that was known. */
  readonly improved: number;
  /** Instances whose makespan meets the planner's own lower bound. */
  readonly proved: number;
  readonly ms: { readonly median: number; readonly p95: number; readonly max: number };
}

interface Measured {
  readonly gap: number | undefined;
  readonly proved: boolean;
  readonly ms: number;
}

/** @throws Error when the folder holds no instances, a line is none, or a schedule is not feasible. */
export function* psplibBench(folder: string, budgetMs: number): Generator<PsplibRow> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  if (files.length === 0) throw new Error(`${folder} holds no *.jsonl files`);
  for (const file of files.sort()) {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    const instances = lines.filter((line) => line.trim() !== '').map(parseInstance);
    warmUp(instances, budgetMs);
    const measured = instances.map((instance) => measure(instance, budgetMs));
    yield rowOf(file.replace(/\.jsonl$/, ''), budgetMs, measured);
  }
}

function warmUp(instances: readonly PsplibInstance[], budgetMs: number): void {
  let ms = 0;
  for (const instance of instances) if (ms < WARM_UP_MS) ms += measure(instance, budgetMs).ms;
}

function measure({ id, problem, bestKnown }: PsplibInstance, budgetMs: number): Measured {
  const startedMs = nowMs();
  const schedules = Math.ceil((budgetMs * ACTIVITIES_A_MS) / Math.max(1, problem.durations.length));
  const endMs = startedMs + budgetMs;
  const solution = solve(problem, { seed: 1, schedules, mayGoOn: () => nowMs() < endMs });
  const ms = nowMs() - startedMs;
  const flaw = flawOf(problem, solution);
  if (flaw !== undefined) throw new Error(`The schedule of ${id} is not feasible: ${flaw}`);
  const gap = bestKnown === undefined ? undefined : (solution.makespan / bestKnown - 1) * 100;
  return { gap, proved: solution.optimal, ms };
}

/** By the definition of a schedule: at each start, whatever runs then together fits. */
function flawOf(
  { durations, demands, capacities, successors }: PsplibInstance['problem'],
  { starts }: Pick<Solution, 'starts'>,
): string | undefined {
  const startOf = (i: number): number => starts[i] ?? Number.NaN;
  const endOf = (i: number): number => startOf(i) + (durations[i] ?? 0);
  for (const [i, list] of successors.entries()) {
    const early = list.find((j) => startOf(j) < endOf(i));
    if (early !== undefined) return `activity ${early} starts before ${i} has ended`;
  }
  for (const at of new Set(starts)) {
    const running = durations.flatMap((_, i) => (startOf(i) <= at && at < endOf(i) ? [i] : []));
    for (const [r, capacity] of capacities.entries()) {
      const used = running.reduce((sum, i) => sum + (demands[r]?.[i] ?? 0), 0);
      if (used > capacity + 1e-9) return `at ${at} there are ${used} of ${capacity} of resource ${r} in use`;
    }
  }
  return undefined;
}

function rowOf(set: string, budgetMs: number, measured: readonly Measured[]): PsplibRow {
  const gaps = measured.flatMap(({ gap }) => gap ?? []);
  const times = measured.map(({ ms }) => ms);
  const average = gaps.length === 0 ? null : gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return {
    bench: 'psplib',
    set,
    node: process.version,
    budgetMs,
    instances: measured.length,
    averageGapPercent: average === null ? null : rounded(average),
    worstGapPercent: gaps.length === 0 ? null : rounded(Math.max(...gaps)),
    solved: gaps.filter((gap) => gap <= 0).length,
    improved: gaps.filter((gap) => gap < 0).length,
    proved: measured.filter(({ proved }) => proved).length,
    ms: { median: rounded(median(times)), p95: rounded(percentile(times, 0.95)), max: rounded(Math.max(...times)) },
  };
}

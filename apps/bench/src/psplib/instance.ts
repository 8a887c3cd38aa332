/** One line of a file of scheduling instances: activities with durations, demands on renewable resources, successors. */
import type { RawProblem } from '@tutti/planner';
import { z } from 'zod';

const numbers = z.array(z.number().nonnegative());

const common = z.object({
  id: z.string(),
  dur: numbers.optional(),
  /** Durations of measured runs, ms. */
  dur_ms: numbers.optional(),
  succ: z.array(z.array(z.number().int().nonnegative())),
  bestKnown: z.number().positive().optional(),
});
/** PSPLIB: `req[activity][resource]` of `cap[resource]`. */
const renewable = common.extend({ req: z.array(numbers), cap: numbers });
/** The specification's pool: CPU and memory units and one agent an activity. */
const pooled = common.extend({
  cpu: numbers,
  mem: numbers,
  cap: z.object({ cpu: z.number(), memory: z.number(), agents: z.number() }).optional(),
});
/** Runs of real workflows, in units of the pool. */
const traced = common.extend({ cpu_units: numbers, mem_units: numbers });

const POOL = { cpu: 120, memory: 100, agents: 3 };

export interface PsplibInstance {
  readonly id: string;
  readonly problem: RawProblem;
  readonly bestKnown: number | undefined;
}

/** @throws Error with what is wrong, when the line is none of the three forms. */
export function parseInstance(line: string): PsplibInstance {
  const value: unknown = JSON.parse(line);
  const { id, dur, dur_ms, succ, bestKnown } = common.parse(value);
  const durations = dur ?? dur_ms?.map(Math.round);
  if (durations === undefined) throw new Error(`Instance ${id} has neither "dur" nor "dur_ms"`);
  return { id, bestKnown, problem: { durations, successors: succ, ...resourcesOf(value, durations.length) } };
}

function resourcesOf(value: unknown, activities: number): Pick<RawProblem, 'demands' | 'capacities'> {
  const byForm = renewable.safeParse(value);
  if (byForm.success) {
    const { req, cap } = byForm.data;
    return { capacities: cap, demands: cap.map((_, r) => req.map((row) => row[r] ?? 0)) };
  }
  const one = Array.from({ length: activities }, () => 1);
  const inPool = pooled.safeParse(value);
  if (inPool.success) {
    const { cpu, mem, cap = POOL } = inPool.data;
    return { capacities: [cap.cpu, cap.memory, cap.agents], demands: [cpu, mem, one] };
  }
  const { cpu_units, mem_units } = traced.parse(value);
  return { capacities: [POOL.cpu, POOL.memory, POOL.agents], demands: [cpu_units, mem_units, one] };
}

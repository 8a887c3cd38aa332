import { type PlanBounds, planBounds } from '@tutti/contracts';
import type { Analysis } from '../graph/analysis.ts';
import { parallelSchedule } from '../schedule/parallel.ts';
import { makespanOf, type Problem } from '../schedule/problem.ts';
import { conflictsOf } from './conflicts.ts';
import { cliqueBound, halfBound } from './disjunctive.ts';
import { energyBound, windowBound } from './energy.ts';
import { Refuter } from './refute.ts';

/** Pairs of nodes are compared up to here. */
const PAIR_NODES = 400;
/** Lengths are refuted up to here, and no more than so many: each one takes some tenths of a ms. */
const REFUTED_NODES = 150;
const REFUTED_LENGTHS = 8;

/** Lower bounds of the makespan: no schedule, however clever, is shorter than the largest of them. */
export function lowerBounds(problem: Problem, analysis: Analysis): PlanBounds {
  const resources = [...problem.capacities.keys()];
  const [cpuMs = 0, memoryMs = 0, agentsMs = 0, ...others] = resources.map((r) => energyBound(problem, r));
  const halves = resources.map((r) => halfBound(problem, analysis, r));
  const plain: PlanBounds = {
    criticalPathMs: analysis.criticalPathMs,
    cpuMs,
    memoryMs,
    agentsMs,
    ...(others.length === 0 ? {} : { namedMs: Math.max(...others) }),
    windowMs: Math.max(0, ...resources.map((r) => windowBound(problem, analysis, r))),
    disjunctiveMs: Math.max(0, ...halves),
  };
  return problem.nodes > PAIR_NODES ? plain : tightened(problem, analysis, plain);
}

export const largest = (bounds: PlanBounds): number => Math.max(...Object.values(bounds).map((bound) => bound ?? 0));

/** The first bound that is the largest: those that are easier to explain come first. */
export function largestOf(bounds: PlanBounds): keyof PlanBounds {
  const longest = largest(bounds);
  return BOUND_NAMES.find((name) => bounds[name] === longest) ?? 'criticalPathMs';
}

const BOUND_NAMES = planBounds.keyof().options;

/** What takes longer to prove, as long as a simple schedule shows that there may be something to prove. */
function tightened(problem: Problem, analysis: Analysis, plain: PlanBounds): PlanBounds {
  const latestFinish = problem.durations.map((duration, node) => duration - (analysis.tails[node] ?? 0));
  const reached = makespanOf(problem, parallelSchedule(problem, latestFinish));
  if (reached <= largest(plain)) return plain;
  const conflicts = conflictsOf(problem);
  const disjunctiveMs = Math.max(plain.disjunctiveMs, cliqueBound(problem, analysis, conflicts));
  const bounds = { ...plain, disjunctiveMs };
  const unit = commonUnit(problem.durations);
  if (problem.nodes > REFUTED_NODES || unit === undefined) return bounds;
  const refuter = new Refuter(problem, analysis, conflicts);
  const refutedMs = shortestNotRefuted(refuter, largest(bounds), reached, unit);
  return { ...bounds, refutedMs };
}

/**
 * The shortest length for which no contradiction was found, from a bound to a length that is reached. Each step of a shortest
 * schedule starts at 0 or where another one ends, so its length is a multiple of what all durations are multiples of.
 */
function shortestNotRefuted(refuter: Refuter, bound: number, reached: number, unit: number): number {
  let low = Math.ceil(bound / unit);
  let high = Math.round(reached / unit);
  for (let tries = 0; low < high && tries < REFUTED_LENGTHS; tries += 1) {
    const middle = Math.floor((low + high) / 2);
    if (refuter.refutes(middle * unit)) low = middle + 1;
    else high = middle;
  }
  return low * unit;
}

/** The greatest common divisor; undefined unless all durations are whole. */
function commonUnit(durations: Float64Array): number | undefined {
  let unit = 0;
  for (const duration of durations) {
    if (!Number.isSafeInteger(duration)) return undefined;
    for (let rest = duration; rest > 0; ) [unit, rest] = [rest, unit % rest];
  }
  return unit === 0 ? undefined : unit;
}

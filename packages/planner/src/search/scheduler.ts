import { bestOfRules } from '../schedule/best.ts';
import type { Scheduler } from '../schedule/problem.ts';
import { search } from './search.ts';

/** Above this many nodes the rules alone decide: a search would take longer than it is worth. */
const MAX_NODES = 400;
/** Work of one search, in nodes scheduled: some 20 ms. A count and not a time, so that the same file has the same plan. */
const WORK = 100_000;
const MAX_SCHEDULES = 1_500;
const SEED = 1;

/** The best of the rules, and what a search of fixed length finds beyond it. Deterministic. */
export const searchScheduler: Scheduler = (problem, lowerBound) => {
  const given = bestOfRules(problem, lowerBound);
  if (problem.nodes > MAX_NODES) return given;
  const schedules = Math.min(MAX_SCHEDULES, Math.floor(WORK / Math.max(1, problem.nodes)));
  return search(problem, given, lowerBound, { seed: SEED, schedules });
};

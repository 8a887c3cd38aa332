import { type Analysis, analyse } from '../graph/analysis.ts';
import { Justifier } from '../search/justify.ts';
import { parallelSchedule } from './parallel.ts';
import { makespanOf, mirror, type Problem, type Schedule, type Scheduler } from './problem.ts';
import { serialSchedule } from './serial.ts';

/** Serial schedules look at the whole profile for each node; above this many nodes they are left out. */
const SERIAL_LIMIT = 2000;
/** Up to here every rule is tried with both schemes and improved: some ms. */
const THOROUGH_LIMIT = 400;
/** Forward and backward again as long as it helps, and no more often than this. */
const IMPROVEMENT_ROUNDS = 8;

interface Rule {
  readonly name: string;
  readonly rank: (problem: Problem, analysis: Analysis) => Float64Array;
}

const each = (problem: Problem, of: (node: number) => number): Float64Array =>
  Float64Array.from({ length: problem.nodes }, (_, node) => of(node));

/** Smaller rank first. The first two are the best single rules of the literature. */
const RULES: readonly Rule[] = [
  {
    name: 'latest finish',
    rank: (problem, { tails }) => each(problem, (node) => (problem.durations[node] ?? 0) - (tails[node] ?? 0)),
  },
  { name: 'latest start', rank: (problem, { tails }) => each(problem, (node) => -(tails[node] ?? 0)) },
  {
    name: 'most work ahead',
    rank: (problem, { tails }) => each(problem, (node) => -(tails[node] ?? 0) - energyShare(problem, node)),
  },
  { name: 'most successors', rank: (problem) => each(problem, (node) => -descendantsBound(problem, node)) },
];

/** Poor rules as a rule, and each the best of all for some workflow; one schedule each costs next to nothing. */
const PLAIN_RULES: readonly Rule[] = [
  { name: 'as written', rank: (problem) => each(problem, (node) => node) },
  { name: 'longest first', rank: (problem) => each(problem, (node) => -(problem.durations[node] ?? 0)) },
  { name: 'shortest first', rank: (problem) => each(problem, (node) => problem.durations[node] ?? 0) },
];

/** Duration weighted with the largest share of a capacity that the node takes. */
function energyShare(problem: Problem, node: number): number {
  const shares = problem.demands.map((column, resource) => (column[node] ?? 0) / (problem.capacities[resource] || 1));
  return Math.max(...shares) * (problem.durations[node] ?? 0);
}

const descendantsBound = ({ after }: Problem, node: number): number =>
  (after.start[node + 1] ?? 0) - (after.start[node] ?? 0);

/**
 * The best of priority rules under both generation schemes, improved forwards and backwards. Stops at the lower bound:
 * nothing can be shorter. Deterministic. The seam for a search: it has the same type.
 */
export const bestOfRules: Scheduler = (problem, lowerBound) => {
  const analysis = analyse(problem);
  const rules = problem.nodes <= THOROUGH_LIMIT ? RULES : RULES.slice(0, 2);
  const fast = problem.nodes <= THOROUGH_LIMIT ? Justifier.of(problem) : undefined;
  let best: Schedule | undefined;
  for (const candidate of candidates(problem, analysis, rules, fast)) {
    if (best === undefined || candidate.makespan < best.makespan) best = candidate;
    if (best.makespan <= lowerBound) return best;
  }
  if (best === undefined) return { starts: new Float64Array(0), makespan: 0, rule: 'nothing to schedule' };
  return problem.nodes > THOROUGH_LIMIT && problem.nodes <= SERIAL_LIMIT ? improve(problem, best, 1) : best;
};

function* candidates(
  problem: Problem,
  analysis: Analysis,
  rules: readonly Rule[],
  fast: Justifier | undefined,
): Generator<Schedule> {
  for (const { name, rank } of rules) {
    const ranks = rank(problem, analysis);
    const parallel = scheduleOf(problem, parallelSchedule(problem, ranks), `parallel, ${name}`);
    yield parallel;
    if (problem.nodes > THOROUGH_LIMIT) continue;
    yield improve(problem, parallel, IMPROVEMENT_ROUNDS, fast);
    const serial = scheduleOf(problem, fast?.serial(ranks) ?? serialSchedule(problem, ranks), `serial, ${name}`);
    yield serial;
    yield improve(problem, serial, IMPROVEMENT_ROUNDS, fast);
  }
  if (problem.nodes > THOROUGH_LIMIT) return;
  for (const { name, rank } of PLAIN_RULES) {
    yield scheduleOf(problem, parallelSchedule(problem, rank(problem, analysis)), `parallel, ${name}`);
  }
}

const scheduleOf = (problem: Problem, starts: Float64Array, rule: string): Schedule => ({
  starts,
  rule,
  makespan: makespanOf(problem, starts),
});

/**
 * Forward-backward improvement: push everything as late as it goes (latest end first), then as early as it goes (in the
 * order that came out). Neither pass makes a schedule longer.
 */
export function improve(problem: Problem, schedule: Schedule, rounds: number, fast?: Justifier): Schedule {
  if (fast !== undefined) {
    const starts = fast.improve(schedule.starts, schedule.makespan, rounds);
    return starts === schedule.starts ? schedule : scheduleOf(problem, starts, `${schedule.rule}, forward-backward`);
  }
  const backwards = mirror(problem);
  let best = schedule;
  for (let round = 0; round < rounds; round += 1) {
    const { starts } = best;
    const late = serialSchedule(
      backwards,
      each(problem, (node) => -((starts[node] ?? 0) + (problem.durations[node] ?? 0))),
    );
    const early = serialSchedule(
      problem,
      each(problem, (node) => -((late[node] ?? 0) + (problem.durations[node] ?? 0))),
    );
    const next = scheduleOf(problem, early, `${schedule.rule}, forward-backward`);
    if (next.makespan >= best.makespan) break;
    best = next;
  }
  return best;
}

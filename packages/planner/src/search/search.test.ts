import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RawProblem, type Solution, solve } from './solve.ts';

/** Activities that wait for earlier ones only, resources of which each activity asks for at most everything. */
const problems: fc.Arbitrary<RawProblem> = fc
  .record({
    capacities: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 }),
    rows: fc.array(
      fc.record({
        duration: fc.integer({ min: 0, max: 10 }),
        shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        earlier: fc.array(fc.nat(), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 24 },
    ),
  })
  .map(({ capacities, rows }) => ({
    durations: rows.map(({ duration }) => duration),
    capacities,
    demands: capacities.map((units, r) => rows.map(({ shares }) => Math.floor((shares[r] ?? 0) ** 2 * units))),
    successors: rows.map((_, i) =>
      rows.flatMap(({ earlier }, j) => (earlier.some((e) => j > 0 && e % j === i) ? [j] : [])),
    ),
  }));

/** What is wrong with a schedule, told by the definition of one: second by second, with nothing of the planner in it. */
function flaws({ durations, demands, capacities, successors }: RawProblem, { starts, makespan }: Solution): string[] {
  const found: string[] = [];
  const endOf = (i: number): number => (starts[i] ?? Number.NaN) + (durations[i] ?? 0);
  successors.forEach((list, i) => {
    for (const j of list) if ((starts[j] ?? Number.NaN) < endOf(i)) found.push(`${j} starts before ${i} has ended`);
  });
  for (let second = 0; second < makespan; second += 1) {
    const running = durations.flatMap((_, i) => ((starts[i] ?? 0) <= second && second < endOf(i) ? [i] : []));
    capacities.forEach((units, r) => {
      const used = running.reduce((sum, i) => sum + (demands[r]?.[i] ?? 0), 0);
      if (used > units) found.push(`at ${second} there are ${used} of ${units} of resource ${r} in use`);
    });
  }
  if (Math.max(0, ...durations.map((_, i) => endOf(i))) !== makespan) found.push('the makespan is not the last end');
  return found;
}

const limits = (schedules: number, seed = 1) => ({ seed, schedules });

/** Four resources, none of which is enough for everybody: the rules alone do not find the best schedule. */
const hard: RawProblem = {
  durations: Array.from({ length: 40 }, (_, i) => 1 + ((i * 7) % 9)),
  capacities: [12, 13, 9, 14],
  demands: [3, 5, 7, 11].map((by) => Array.from({ length: 40 }, (_, i) => (i * by) % 8)),
  successors: Array.from({ length: 40 }, (_, i) => [i + 4, i + 9].filter((j) => j < 40)),
};

describe('a search', () => {
  it('breaks no edge and no capacity, and no schedule is shorter than the lower bound', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const solution = solve(problem, limits(200));
        expect(flaws(problem, solution)).toEqual([]);
        expect(solution.makespan).toBeGreaterThanOrEqual(solution.lowerBound);
        expect(solution.optimal).toBe(solution.makespan === solution.lowerBound);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('is never longer than the best of the rules, and finds something shorter where there is room', () => {
    const rules = solve(hard, limits(0));
    const searched = solve(hard, limits(2_000));
    expect(flaws(hard, searched)).toEqual([]);
    expect(searched.makespan).toBeLessThan(rules.makespan);
    fc.assert(
      fc.property(problems, (problem) => {
        expect(solve(problem, limits(100)).makespan).toBeLessThanOrEqual(solve(problem, limits(0)).makespan);
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it('is the same for the same seed, and ends when it is told to', () => {
    expect(solve(hard, limits(500, 3))).toEqual(solve(hard, limits(500, 3)));
    let asked = 0;
    const mayGoOn = () => ++asked < 50;
    solve(hard, { ...limits(1_000_000), mayGoOn });
    expect(asked).toBe(50);
  });

  it('takes fractions of a unit exactly, and leaves alone what it cannot pack', () => {
    const thirds: RawProblem = {
      durations: [1, 1, 1, 1],
      capacities: [1.2],
      demands: [[0.4, 0.4, 0.4, 0.401]],
      successors: [[], [], [], []],
    };
    expect(solve(thirds, limits(100))).toMatchObject({ makespan: 2 });
    const huge = {
      ...hard,
      capacities: hard.capacities.map((c) => c * 1e9),
      demands: hard.demands.map((d) => d.map((u) => u * 1e9)),
    };
    expect(solve(huge, limits(100)).rule).not.toBe('search');
    expect(flaws(huge, solve(huge, limits(100)))).toEqual([]);
  });

  it('finds the same schedule in two words as in one', () => {
    // 15 bits a resource, and 31 in a word: all four are asked for a thousand times as much.
    const fine = {
      ...hard,
      capacities: hard.capacities.map((c) => c * 1_000),
      demands: hard.demands.map((d) => d.map((u) => u * 1_000)),
    };
    expect(solve(hard, limits(500)).rule).toBe('search');
    expect(solve(fine, limits(500)).starts).toEqual(solve(hard, limits(500)).starts);
  });

  it('is not kept from searching by a resource that has no end', () => {
    const endless = {
      ...hard,
      capacities: [...hard.capacities, Number.POSITIVE_INFINITY],
      demands: [...hard.demands, hard.durations],
    };
    expect(solve(endless, limits(2_000)).makespan).toBe(solve(hard, limits(2_000)).makespan);
  });

  it('refuses circles and what never fits', () => {
    const pair = { durations: [1, 1], capacities: [1], demands: [[1, 1]] };
    expect(() => solve({ ...pair, successors: [[1], [0]] }, limits(1))).toThrow(/in a circle/);
    expect(() => solve({ ...pair, demands: [[1, 2]], successors: [[], []] }, limits(1))).toThrow(/more of resource 0/);
  });
});

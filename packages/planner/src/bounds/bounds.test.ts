import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow } from '../index.ts';
import { type RawProblem, solve } from '../search/solve.ts';
import { optimumOf } from '../testing/optimum.ts';

/** Few activities with large demands, so that every bound has something to say. */
const problems: fc.Arbitrary<RawProblem> = fc
  .record({
    unit: fc.integer({ min: 1, max: 2 }),
    capacities: fc.array(fc.integer({ min: 2, max: 8 }), { minLength: 1, maxLength: 4 }),
    rows: fc.array(
      fc.record({
        duration: fc.integer({ min: 0, max: 5 }),
        shares: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 4, maxLength: 4 }),
        earlier: fc.array(fc.nat(), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ unit, capacities, rows }) => ({
    durations: rows.map(({ duration }) => duration * unit),
    capacities,
    demands: capacities.map((units, r) => rows.map(({ shares }) => Math.min(units, shares[r] ?? 0))),
    successors: rows.map((_, i) =>
      rows.flatMap(({ earlier }, j) => (earlier.some((e) => j > 0 && e % (j + 2) === i) && i < j ? [j] : [])),
    ),
  }));

const noSearch = { seed: 1, schedules: 0 };
const free = (of: readonly unknown[]): number[][] => of.map(() => []);

describe('a lower bound', () => {
  it('is never above the optimum, whichever it is', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const optimum = optimumOf(problem);
        const { bounds } = solve(problem, noSearch);
        for (const [name, bound] of Object.entries(bounds)) {
          expect(bound, `${name} of ${optimum}`).toBeLessThanOrEqual(optimum);
        }
      }),
      { seed: 11, numRuns: 1_500 },
    );
  });

  it('by energy counts what comes before and after a crowded time', () => {
    const durations = [3, 4, 4, 4, 2];
    const problem = {
      durations,
      capacities: [2],
      demands: [[1, 1, 1, 1, 1]],
      successors: [[1, 2, 3], [4], [4], [4], []],
    };
    expect(solve(problem, noSearch).bounds).toMatchObject({ criticalPathMs: 9, cpuMs: 9, windowMs: 11 });
  });

  it('by exclusion knows steps that never meet for different resources', () => {
    const demands = [
      [2, 2, 0],
      [2, 0, 2],
      [0, 2, 2],
    ];
    const problem = { durations: [5, 5, 5], capacities: [3, 3, 3], demands, successors: free(demands) };
    expect(solve(problem, noSearch).bounds).toMatchObject({ criticalPathMs: 5, cpuMs: 7, disjunctiveMs: 15 });
  });

  it('by refutation rounds up to what sums of durations can be', () => {
    const problem = {
      durations: [4, 4, 4, 4, 4],
      capacities: [3],
      demands: [[1, 1, 1, 1, 1]],
      successors: free([1, 2, 3, 4, 5]),
    };
    expect(solve(problem, noSearch)).toMatchObject({ lowerBound: 8, makespan: 8, optimal: true, bounds: { cpuMs: 7 } });
  });
});

it('the plan names the bound that it meets', () => {
  const planOf = (text: object) => planWorkflow(loadWorkflow(JSON.stringify(text), { file: 'f' }).definition);
  const step = (id: string, gpu: number) => ({
    id,
    estimated_duration: 60,
    resource_requirements: { resources: { gpu } },
  });
  const chain = planOf({ steps: [step('a', 0)] });
  expect(chain).toMatchObject({ optimal: true, lowerBoundBy: 'criticalPathMs' });
  const rendered = planOf({ pool: { resources: { gpu: 2 } }, steps: ['a', 'b', 'c', 'd'].map((id) => step(id, 1)) });
  expect(rendered).toMatchObject({ optimal: true, lowerBoundBy: 'namedMs', makespanMs: 120_000 });
});

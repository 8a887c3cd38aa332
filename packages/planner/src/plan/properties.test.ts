import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';
import { definitions } from '../testing/definitions.ts';
import { breaches } from '../testing/plan-checker.ts';
import { listSchedule, SIMPLE_RULES } from '../testing/simple-rules.ts';

describe('any plan', () => {
  it('breaks no edge and no resource at any instant', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        expect(breaches(definition, planWorkflow(definition))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('is never longer than the best of the simple rules', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const simple = Object.values(SIMPLE_RULES).map((rule) => listSchedule(definition, rule(definition)));
        expect(planWorkflow(definition).makespanMs).toBeLessThanOrEqual(Math.min(...simple));
      }),
      { numRuns: 60 },
    );
  });

  it('is never shorter than its lower bound, and says that it is optimal only where it meets it', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const { lowerBoundMs, makespanMs, optimal, bounds } = planWorkflow(definition);
        expect(lowerBoundMs).toBeLessThanOrEqual(makespanMs);
        for (const bound of Object.values(bounds)) expect(bound).toBeLessThanOrEqual(makespanMs);
        expect(optimal).toBe(lowerBoundMs === makespanMs);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same workflow', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        expect(planWorkflow(structuredClone(definition))).toEqual(planWorkflow(definition));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its length and its edges when each step starts later by its float, alone', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const plan = planWorkflow(definition);
        for (const { plannedEndMs, floatMs } of plan.steps) {
          expect(plannedEndMs + (floatMs ?? 0)).toBeLessThanOrEqual(plan.makespanMs);
        }
        const late = plan.steps.map((step) => ({
          ...step,
          plannedStartMs: step.plannedStartMs + (step.floatMs ?? 0),
          plannedEndMs: step.plannedEndMs + (step.floatMs ?? 0),
        }));
        // All of them at once are a plan too: the one in which everything is pushed to the right.
        expect(
          breaches(definition, { ...plan, steps: late }).filter((flaw) => !flaw.startsWith('the makespan')),
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('says of each context edge whether its value is there, as anybody can see from the times', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const { edges, steps } = planWorkflow(definition);
        const times = new Map(steps.map((step) => [step.id, step]));
        for (const { type, from, to, met, blocking } of edges) {
          if (type !== 'context') continue;
          expect(blocking).toBe(false);
          expect(met).toBe(times.get(from)!.plannedEndMs <= times.get(to)!.plannedStartMs);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the checker', () => {
  const definition = loadWorkflow(SEED, { file: 'seed.yaml' }).definition;
  const plan = planWorkflow(definition);
  const moved = (id: string, byMs: number) => ({
    ...plan,
    steps: plan.steps.map((step) =>
      step.id === id
        ? { ...step, plannedStartMs: step.plannedStartMs + byMs, plannedEndMs: step.plannedEndMs + byMs }
        : step,
    ),
  });

  it('finds nothing in the plan of the specification, which meets its bound', () => {
    expect(breaches(definition, plan)).toEqual([]);
    expect(plan).toMatchObject({ optimal: true, makespanMs: 1_860_000, lowerBoundMs: 1_860_000 });
  });
  it('sees a step that starts before its input is there, through a barrier too', () => {
    expect(breaches(definition, moved('pm', -1)).join()).toContain('pm starts at 239999, before analyst has ended');
    expect(breaches(definition, moved('developer', -1)).join()).toContain('before architect has ended');
  });
  it('sees a pool that is exceeded for a moment', () => {
    const { pool } = definition;
    const small = { ...definition, pool: { ...pool, cpuUnits: 50 } };
    expect(breaches(small, plan).join()).toContain('70 of 60 cpu in use');
    const one = { ...definition, pool: { ...pool, concurrentAgents: 1 } };
    expect(breaches(one, plan).join()).toContain('2 of 1 agents in use');
  });
});

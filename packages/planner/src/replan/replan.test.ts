import type { Plan, WorkflowDefinition } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';
import { definitions } from '../testing/definitions.ts';
import { breaches } from '../testing/plan-checker.ts';
import { type Progress, type Replan, replan, type StepProgress } from './replan.ts';

const RUNS = 60;
/** A moment of a run, as a share of the plan's length. */
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** What has happened by a moment if everything goes as planned. */
function onTime(plan: Plan, nowMs: number): Progress {
  const steps = plan.steps.flatMap(({ id, plannedStartMs, plannedEndMs }): [string, StepProgress][] => {
    if (plannedEndMs <= nowMs) return [[id, { startedMs: plannedStartMs, endedMs: plannedEndMs }]];
    return plannedStartMs < nowMs ? [[id, { startedMs: plannedStartMs }]] : [];
  });
  return { nowMs, steps: Object.fromEntries(steps) };
}

const momentOf = (plan: Plan, at: number): number => Math.floor(plan.makespanMs * at);

/** The same progress, with all that has ended or runs later by some ms, and the clock too. */
const later = ({ nowMs, steps }: Progress, byMs: number): Progress => ({
  nowMs: nowMs + byMs,
  steps: Object.fromEntries(
    Object.entries(steps).map(([id, { endedMs, ...start }]) => [
      id,
      endedMs === undefined ? start : { ...start, endedMs: endedMs + byMs },
    ]),
  ),
});

/** What the checker of plans says of the times from now on; what is over counts as nothing, for it ran as it ran. */
function futureBreaches(definition: WorkflowDefinition, plan: Plan, again: Replan): string[] {
  const steps = plan.steps.map((step, at) => {
    const { state, startMs, endMs } = again.steps[at]!;
    return {
      ...step,
      ...(state === 'ended'
        ? { plannedStartMs: 0, plannedEndMs: 0 }
        : { plannedStartMs: startMs, plannedEndMs: endMs }),
    };
  });
  // Steps that ran late do not take what they were to take, and what is over is missing from the makespan.
  return breaches(definition, { ...plan, steps }).filter((flaw) => !/^the makespan|takes \d+, not/.test(flaw));
}

const seed = (): { definition: WorkflowDefinition; plan: Plan } => {
  const { definition } = loadWorkflow(SEED, { file: 'seed.yaml' });
  return { definition, plan: planWorkflow(definition) };
};

describe('a plan made anew', () => {
  it('is the plan when all is on time', () => {
    fc.assert(
      fc.property(definitions, share, (definition, at) => {
        const plan = planWorkflow(definition);
        const again = replan(definition, plan, onTime(plan, momentOf(plan, at)));
        expect(again.predictedEndMs).toBe(plan.makespanMs);
        expect(again.steps.map(({ startMs }) => startMs)).toEqual(plan.steps.map((step) => step.plannedStartMs));
        const first = replan(definition, plan, { nowMs: 0, steps: {} });
        expect(first.steps.map(({ priority, remainingMs }) => [priority, remainingMs])).toEqual(
          plan.steps.map(({ priority, remainingMs }) => [priority, remainingMs]),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('never moves what has run, starts nothing in the past, and breaks no edge and no resource', () => {
    fc.assert(
      fc.property(definitions, share, fc.integer({ min: 0, max: 30_000 }), (definition, at, byMs) => {
        const plan = planWorkflow(definition);
        const progress = later(onTime(plan, momentOf(plan, at)), byMs);
        const again = replan(definition, plan, progress);
        for (const { id, state, startMs, endMs } of again.steps) {
          const told = progress.steps[id];
          if (told?.startedMs !== undefined) expect(startMs).toBe(told.startedMs);
          if (told?.endedMs !== undefined) expect(endMs).toBe(told.endedMs);
          if (state === 'waiting') expect(startMs).toBeGreaterThanOrEqual(progress.nowMs);
          else expect(told).toBeDefined();
        }
        expect(futureBreaches(definition, plan, again)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('makes nothing earlier when something takes longer', () => {
    fc.assert(
      fc.property(definitions, share, fc.integer({ min: 0, max: 60_000 }), (definition, at, byMs) => {
        const plan = planWorkflow(definition);
        const progress = onTime(plan, momentOf(plan, at));
        const before = replan(definition, plan, progress);
        const after = replan(definition, plan, later(progress, byMs));
        before.steps.forEach(({ endMs, state }, node) => {
          if (state !== 'ended') expect(after.steps[node]!.endMs).toBeGreaterThanOrEqual(endMs);
        });
        expect(after.predictedEndMs).toBeGreaterThanOrEqual(before.predictedEndMs);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the run of the specification', () => {
  const minutes = (n: number): number => n * 60_000;

  it('ends later by what its critical step is late, and earlier when that is early', () => {
    const { definition, plan } = seed();
    const late = { nowMs: minutes(6), steps: { analyst: { startedMs: 0, endedMs: minutes(6) } } };
    expect(replan(definition, plan, late)).toMatchObject({ predictedEndMs: minutes(33), delayMs: minutes(2) });
    const early = { nowMs: minutes(3), steps: { analyst: { startedMs: 0, endedMs: minutes(3) } } };
    expect(replan(definition, plan, early)).toMatchObject({ predictedEndMs: minutes(30), delayMs: -minutes(1) });
  });

  it('expects what runs too long to end at any moment, and skips what never ran', () => {
    const { definition, plan } = seed();
    const again = replan(definition, plan, { nowMs: minutes(10), steps: { analyst: { startedMs: 0 } } });
    expect(again.steps.find(({ id }) => id === 'analyst')).toMatchObject({
      state: 'running',
      endMs: minutes(10),
      remainingMs: minutes(27),
    });
    expect(again.delayMs).toBe(minutes(6));
  });

  it.each([
    [{ nobody: {} }, 'no step "nobody"'],
    [{ pm: { startedMs: 5 } }, 'cannot have run'],
    [{ pm: { startedMs: 1, endedMs: 0 } }, 'cannot have run'],
  ])('refuses progress that cannot be: %j', (steps, reason) => {
    const { definition, plan } = seed();
    expect(() => replan(definition, plan, { nowMs: 2, steps })).toThrow(reason);
  });
});

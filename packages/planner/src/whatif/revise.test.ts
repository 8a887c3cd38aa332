import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow, reviseWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';

const seed = loadWorkflow(SEED, { file: 'seed.yaml' }).definition;
const plannedMs = (question: string): number => planWorkflow(reviseWorkflow(seed, question).definition).makespanMs;

describe('a what-if', () => {
  it('changes the pool, and says from what to what', () => {
    const { definition, revisions } = reviseWorkflow(seed, 'agents=5, cpu=200,memory=80');
    expect(definition.pool).toMatchObject({ concurrentAgents: 5, cpuUnits: 200, memoryUnits: 80 });
    expect(revisions[1]).toMatchObject({ what: 'cpu of the pool', unit: 'units', from: 100, to: 200 });
  });

  it('says what of the pool may be handed out at once, where that is not all of it or more', () => {
    const limitsOf = (question: string, pool = seed.pool) =>
      reviseWorkflow({ ...seed, pool }, question).revisions.map(({ limit }) => limit);
    expect(limitsOf('cpu=50,memory=80,agents=2')).toEqual([{ factor: 1.2, from: 120, to: 60 }, undefined, undefined]);
    expect(limitsOf('cpu=50', { ...seed.pool, cpuOversubscription: 1 })).toEqual([undefined]);
  });

  it('changes an estimate by step or by agent, as a duration, a range or seconds', () => {
    expect(plannedMs('architect=3m')).toBe(1_860_000);
    expect(plannedMs('architect=3m,ux_expert=3m')).toBe(1_620_000);
    expect(plannedMs('qa=120')).toBe(1_680_000);
    expect(plannedMs('qa=1-3_minutes')).toBe(1_680_000);
  });

  it('changes what a step needs: two that no longer fit together run one after the other', () => {
    expect(plannedMs('ux_expert.cpu=100')).toBeGreaterThan(1_860_000);
    expect(plannedMs('agents=1')).toBe(2_280_000);
  });

  it('leaves the definition that it was asked about alone', () => {
    const before = structuredClone(seed);
    reviseWorkflow(seed, 'agents=1,qa=1m,qa.cpu=1');
    expect(seed).toEqual(before);
  });

  it.each([
    ['architekt=3m', /nothing called "architekt".*did you mean "architect"/],
    ['agents=0', /a whole number from 1/],
    ['cpu=many', /a number of units/],
    ['qa=soon', /qa: "soon" is not a duration/],
    ['qa', /"qa" is no change/],
    ['', /is no change/],
  ])('that cannot be understood is refused: %s', (question, reason) => {
    expect(() => reviseWorkflow(seed, question)).toThrow(reason);
  });
});

import { planReport, type WorkflowDefinition } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow, reportPlan, workflow } from './index.ts';
import { SEED } from './seed.fixture.ts';

const seed = () => loadWorkflow(SEED, { file: 'seed.yaml' });

describe('the eight blocks of the specification as one file', () => {
  it('load without an error or a warning', () => {
    expect(seed().findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
  it('plan as five groups with the design agents together', () => {
    const { groups } = planWorkflow(seed().definition);
    expect(groups.map(({ steps }) => steps)).toEqual([
      ['analyst'],
      ['pm'],
      ['ux_expert', 'architect'],
      ['developer'],
      ['qa'],
    ]);
  });
  it('have the critical path through the design, and a makespan that is proved', () => {
    const report = reportPlan(planWorkflow(seed().definition));
    expect(report.criticalPath).toEqual(['analyst', 'pm', 'ux_expert', 'developer', 'qa']);
    expect(report).toMatchObject({ makespan: 1860, lowerBound: 1860, sequential: 2280, optimal: true });
  });
  it('give the enhanced step the last word on its group', () => {
    const { steps, groups } = seed().definition;
    const byId = new Map(steps.map((step) => [step.id, step]));
    expect(byId.get('ux_expert')).toMatchObject({ priority: 7, timeoutMs: 480_000, needs: { cpu: 30, memory: 25 } });
    expect(byId.get('architect')).toMatchObject({ priority: 8, timeoutMs: 600_000, needs: { cpu: 40, memory: 35 } });
    expect(byId.get('ux_expert')?.writes).toContain('/ux_outputs');
    expect(groups[2]).toMatchObject({
      name: 'Parallel Design & Architecture',
      barrier: { timeoutMs: 600_000, successCriteria: { kind: 'at_least_one' }, extension: { byMs: 300_000, max: 1 } },
      crossValidation: { enabled: true, agents: ['architect', 'ux_expert'], timeoutMs: 180_000 },
    });
  });
  it('make the developer wait for the barrier and not for its members', () => {
    const developer = seed().definition.steps.find(({ id }) => id === 'developer');
    expect(developer?.waitsFor).toEqual([{ kind: 'group', id: 'group_3_design_architecture' }]);
  });
  it('give every blocking edge its reason and its place', () => {
    const { definition, sources } = seed();
    const { edges } = planWorkflow(definition, { sources });
    expect(edges.filter((edge) => edge.blocking && edge.place === undefined)).toEqual([]);
    expect(edges.find(({ from, to }) => from === 'analyst' && to === 'pm')?.why).toBe(
      '"pm" depends on "analyst.completion"',
    );
  });
  it('are a plan that the contract allows', () => {
    expect(planReport.safeParse(reportPlan(planWorkflow(seed().definition))).success).toBe(true);
  });
});

/** Steps wait only for earlier ones, so there is no cycle; some are members of one group with a barrier. */
const definitions: fc.Arbitrary<WorkflowDefinition> = fc
  .array(
    fc.record({
      duration: fc.integer({ min: 0, max: 50 }),
      cpu: fc.integer({ min: 0, max: 120 }),
      memory: fc.integer({ min: 0, max: 100 }),
      back: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
      grouped: fc.boolean(),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map((rows) => {
    const steps = rows.map((row, index) => ({
      id: `s${index}`,
      estimated_duration: row.duration,
      resource_requirements: { cpu: row.cpu, memory: row.memory },
      depends_on: [...new Set(row.back.map((back) => index - back).filter((at) => at >= 0))].map((at) => `s${at}`),
    }));
    const roots = steps
      .filter((step, index) => rows[index]?.grouped && step.depends_on.length === 0)
      .map(({ id }) => id);
    const groups = roots.length > 1 ? { groups: { g: { agents: roots } } } : {};
    return loadWorkflow(JSON.stringify({ steps, ...groups }), { file: 'f' }).definition;
  });

/** Checks a plan against the definition alone, by looking at every moment at which something starts. */
function breaches(definition: WorkflowDefinition, plan: ReturnType<typeof planWorkflow>): string[] {
  const found: string[] = [];
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const endOf = (id: string) => planned.get(id)?.plannedEndMs ?? Number.NaN;
  for (const step of definition.steps) {
    const start = planned.get(step.id)?.plannedStartMs ?? Number.NaN;
    const awaited = step.waitsFor.flatMap(({ kind, id }) =>
      kind === 'step' ? [id] : (definition.groups.find((group) => group.id === id)?.steps ?? []),
    );
    for (const id of awaited) if (!(endOf(id) <= start)) found.push(`${step.id} starts before ${id} ends`);
  }
  for (const { plannedStartMs: now } of plan.steps) {
    const running = plan.steps.filter((step) => step.plannedStartMs <= now && now < step.plannedEndMs);
    const sum = (of: (step: (typeof running)[number]) => number) =>
      running.reduce((total, step) => total + of(step), 0);
    if (sum(({ needs }) => needs.cpu) > 120) found.push(`cpu at ${now}`);
    if (sum(({ needs }) => needs.memory) > 100) found.push(`memory at ${now}`);
    if (running.length > 3) found.push(`agents at ${now}`);
  }
  return found;
}

describe('any plan', () => {
  it('breaks no edge and never exceeds the pool', () => {
    fc.assert(fc.property(definitions, (definition) => breaches(definition, planWorkflow(definition)).length === 0));
  });
  it('is no shorter than its lower bound and no longer than one after another', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const { lowerBoundMs, makespanMs, sequentialMs } = planWorkflow(definition);
        return lowerBoundMs <= makespanMs && makespanMs <= sequentialMs;
      }),
    );
  });
  it('is the same for the same definition, whatever the order of its keys', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const reversed = Object.fromEntries(Object.entries(definition).toReversed()) as WorkflowDefinition;
        expect(planWorkflow(reversed)).toEqual(planWorkflow(definition));
      }),
    );
  });
  it('has a critical path as long as its bound, each step waiting for the one before', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const plan = planWorkflow(definition);
        const byId = new Map(plan.steps.map((step) => [step.id, step]));
        const length = plan.criticalPath.reduce((total, id) => total + (byId.get(id)?.durationMs ?? 0), 0);
        return length === plan.bounds.criticalPathMs && plan.criticalPath.every((id) => byId.get(id)?.slackMs === 0);
      }),
    );
  });
});

it('a short branch is not held up by a long one', () => {
  const text = `steps:
  a: {estimated_duration: 1}
  b: {estimated_duration: 1, depends_on: [a]}
  c: {estimated_duration: 5, depends_on: [a]}
  z: {estimated_duration: 1, depends_on: [b]}
  y: {estimated_duration: 1, depends_on: [c]}
`;
  const plan = planWorkflow(loadWorkflow(text, { file: 'f' }).definition);
  expect(plan.steps.find(({ id }) => id === 'z')?.plannedStartMs).toBe(2000);
  expect(plan.groups.map(({ steps }) => steps)).toEqual([['a'], ['b', 'c'], ['z', 'y']]);
});

describe('a step that waits for a person', () => {
  const definition = workflow('w', (w) => {
    w.set({ pool: { concurrent_agent_limit: 1 } });
    const long = { estimated_duration: '10_seconds' } as const;
    w.step('ok', { type: 'approval', ...long });
    w.step('work', long);
  });

  it('takes nothing of the pool: an agent works beside it', () => {
    const plan = planWorkflow(definition);
    expect(plan.makespanMs).toBe(10_000);
    expect(plan.peak.agents).toBe(1);
  });

  it('has no estimate but its own: nobody is said to work for a minute', () => {
    const plan = planWorkflow(workflow('w', (w) => void w.step('ok', { type: 'approval' })));
    expect(plan.makespanMs).toBe(0);
  });
});

import { describe, expect, test } from 'vitest';
import { understand } from '../idea/understand.ts';
import { architectureOutput, writeArchitecture } from './architecture.ts';
import { briefOutput, writeBrief } from './brief.ts';
import { experienceOutput, writeExperience } from './experience.ts';
import { implementationOutput, writeImplementation } from './implementation.ts';
import { qualityOutput, writeQuality } from './quality.ts';
import { requirementsOutput, writeRequirements } from './requirements.ts';

const IDEAS = [
  'A mobile app where neighbours lend and borrow tools, book a pick-up time, pay a small deposit and review each other.',
  'An app that helps diabetic patients track their blood sugar, log meals and share weekly reports with their doctors',
  'Platform for teachers to create quizzes and for students to practise them offline',
  'Tracking expenses for freelancers, generating invoices and exporting tax reports',
  'Uber for dogs',
  '東京',
];

function design(idea: string) {
  const brief = writeBrief(understand(idea));
  const pm = writeRequirements(brief);
  const ux = writeExperience(idea, pm);
  const architecture = writeArchitecture({ idea, ...pm, ...brief });
  const plan = writeImplementation({ ...pm, ...ux, ...architecture });
  const quality = writeQuality({ idea, ...pm, ...ux, ...architecture, ...plan });
  return { brief, pm, ux, architecture, plan, quality };
}

describe.each(IDEAS)('the design of "%s"', (idea) => {
  const made = design(idea);
  const stories = made.pm.user_stories.map(({ id }) => id);

  test('has the shapes that the agents promise', () => {
    expect(briefOutput.parse(made.brief)).toEqual(made.brief);
    expect(requirementsOutput.parse(made.pm)).toEqual(made.pm);
    expect(experienceOutput.parse(made.ux)).toEqual(made.ux);
    expect(architectureOutput.parse(made.architecture)).toEqual(made.architecture);
    expect(implementationOutput.parse(made.plan)).toEqual(made.plan);
    expect(qualityOutput.parse(made.quality)).toEqual(made.quality);
  });

  test('leaves no story without a screen, an endpoint, a task and a test, and invents none', () => {
    expect(made.quality.gaps).toEqual([]);
    for (const row of made.quality.coverage) expect(row.cases).toBeGreaterThan(0);
    const named = [
      ...made.ux.ui_spec.screens.flatMap((screen) => screen.stories),
      ...made.architecture.api_specifications.endpoints.flatMap((call) => call.stories),
      ...made.plan.tasks.flatMap((task) => task.stories),
    ];
    expect(named.filter((id) => !stories.includes(id))).toEqual([]);
  });

  test('has ids that occur once, and no placeholder left over', () => {
    const lists = [made.pm.user_stories, made.ux.ui_spec.screens, made.architecture.api_specifications.endpoints];
    for (const ids of [...lists, made.plan.tasks, made.quality.test_cases].map((list) => list.map(({ id }) => id))) {
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(JSON.stringify(made)).not.toMatch(/\{(o|e|es|v|E|Es|V|article e)\}|undefined/);
  });

  test('orders its tasks so that each comes after what it needs, and its shortest time is between the bounds', () => {
    const { tasks, implementation_plan: plan } = made.plan;
    const order = tasks.map(({ id }) => id);
    for (const { id, depends_on } of tasks) {
      for (const needed of depends_on) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(id));
    }
    expect(plan.shortest_days).toBeLessThanOrEqual(plan.total_days);
    expect(plan.shortest_days * 2).toBeGreaterThanOrEqual(plan.total_days);
    expect(plan.milestones.reduce((sum, { days }) => sum + days, 0)).toBe(plan.total_days);
  });
});

describe('the rules', () => {
  test('follow the idea: health brings consent, money brings a ledger, and neither comes alone', () => {
    const parts = (idea: string) => design(idea).architecture.system_architecture.components.map(({ name }) => name);
    expect(parts('Patients log symptoms')).toContain('Consent');
    expect(parts('Patients log symptoms')).not.toContain('Payments');
    expect(parts('Guests pay dishes')).toContain('Payments');
    expect(parts('Guests pay dishes')).not.toContain('Consent');
  });

  test('add what goes without saying: what is lent must be listed and found, what is paid or who is reviewed need not', () => {
    const { pm, architecture } = design(IDEAS[0]!);
    const implied = pm.user_stories
      .filter((item) => item.implied)
      .map(({ action }) => `${action.verb} ${action.object}`);
    expect(implied).toEqual(['find tools', 'add tools']);
    const tables = architecture.system_architecture.tables;
    expect(tables.map(({ name }) => name)).toEqual(['accounts', 'tools', 'pick_up_times', 'deposits']);
    expect(tables[0]?.columns).toContain('rating_average numeric(3,2)');
  });

  test('make the plan without a design or without an architecture, and say so', () => {
    const { pm, ux, architecture } = design(IDEAS[0]!);
    const withoutDesign = writeImplementation({ ...pm, ...architecture });
    const withoutSystem = writeImplementation({ ...pm, ...ux });
    expect(withoutDesign.implementation_plan.assumptions.join()).toContain('no design');
    expect(withoutSystem.implementation_plan.assumptions.join()).toContain('no architecture');
    expect(withoutSystem.schema_sql).toBe('');
    const quality = writeQuality({ idea: IDEAS[0]!, ...pm, ...architecture, ...withoutDesign });
    expect(quality.gaps).toEqual(['There is no design: no story has a screen yet.']);
  });

  test('notice when design and architecture start from different screens', () => {
    const { pm, ux, architecture } = design(IDEAS[0]!);
    const ui_spec = { ...ux.ui_spec, approach: 'desktop_primary' as const };
    const plan = writeImplementation({ ...pm, ui_spec, ...architecture });
    expect(plan.implementation_plan.assumptions.join()).toContain('settle this first');
  });
});

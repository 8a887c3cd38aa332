import { readFileSync } from 'node:fs';
import type { Plan } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { convertWorkflow, inspectWorkflow, loadWorkflow, planWorkflow } from '../index.ts';

const FOLDER = new URL('../../../../examples/bmad/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8');
const load = (name: string) => loadWorkflow(read(name), { file: `${name}.yaml` });
const planOf = (text: string) => {
  const { definition, sources } = loadWorkflow(text, { file: 'f.yaml' });
  return planWorkflow(definition, { sources });
};

/** Pairs of steps that no chain of blocking edges keeps apart, found by walking, with nothing of the planner in it. */
function overlaps(plan: Plan): string[] {
  const after = new Map<string, string[]>();
  for (const { from, to, blocking } of plan.edges) if (blocking) after.set(from, [...(after.get(from) ?? []), to]);
  const reaches = (from: string, to: string): boolean =>
    (after.get(from) ?? []).some((next) => next === to || reaches(next, to));
  return plan.steps.flatMap(({ id: a }, at) =>
    plan.steps.slice(at + 1).flatMap(({ id: b }) => (reaches(a, b) || reaches(b, a) ? [] : [`${a} | ${b}`])),
  );
}

const sequence = (...entries: string[]): string =>
  `workflow:\n  id: w\n  sequence:\n${entries.map((entry) => `    - {${entry}}\n`).join('')}`;

describe.each(['greenfield-fullstack', 'greenfield-service', 'greenfield-ui'])('%s', (name) => {
  it('loads with no error, and every entry of its sequence becomes a step', () => {
    const { definition } = load(name);
    const entries = read(name).match(/^ {4}- (?:agent|step):/gm)?.length;
    expect(definition.steps).toHaveLength(entries!);
    expect(definition.id).toBe(name);
  });

  it('gives every edge and every finding a place in the original', () => {
    const { definition, sources, findings } = load(name);
    const lines = read(name).split('\n');
    for (const { place, to } of planWorkflow(definition, { sources }).edges) {
      expect(place?.file, to).toBe(`${name}.yaml`);
      expect(lines[place!.line - 1]!.slice(place!.col - 1), to).not.toMatch(/^\s*$/);
    }
    expect(findings.every(({ line }) => line > 1)).toBe(true);
  });

  it('is the same workflow as the file that it is converted to', () => {
    const { text } = convertWorkflow(read(name), { file: name });
    expect(loadWorkflow(text, { file: 'converted.yaml' }).definition).toEqual(load(name).definition);
  });
});

describe('greenfield-fullstack', () => {
  const { definition, sources, findings } = load('greenfield-fullstack');
  const plan = planWorkflow(definition, { sources });
  const found = (code: string) => findings.filter((finding) => finding.code === code).map(({ message }) => message);

  it('has no more parallelism than the file allows: the optional prompt beside the architect and the update of the PRD', () => {
    expect(overlaps(plan)).toEqual([
      'ux-expert_v0_prompt | architect_fullstack-architecture',
      'ux-expert_v0_prompt | pm_update_prd',
    ]);
    expect(plan.makespanMs).toBe(plan.lowerBoundMs);
    expect(plan.sequentialMs - plan.makespanMs).toBe(60_000);
  });

  it('keeps analyst, pm, ux-expert, architect and pm again a chain, by what they require', () => {
    expect(plan.criticalPath.slice(0, 6)).toEqual([
      'analyst_project-brief',
      'pm_prd',
      'ux-expert_front-end-spec',
      'architect_fullstack-architecture',
      'pm_update_prd',
      'po_validate_all_artifacts',
    ]);
    const edge = plan.edges.find(
      ({ from, to }) => from === 'ux-expert_front-end-spec' && to === 'architect_fullstack-architecture',
    );
    expect(edge).toMatchObject({ type: 'data', blocking: true, place: { line: 46, col: 11 } });
  });

  it('reports the steps without an agent, and plans them', () => {
    const orphans = [
      'project_setup_guidance',
      'development_order_guidance',
      'repeat_development_cycle',
      'workflow_end',
    ];
    expect(found('no_agent')).toHaveLength(orphans.length);
    for (const id of orphans) {
      expect(found('no_agent').join('\n')).toContain(`"${id}"`);
      expect(definition.steps.find((step) => step.id === id)?.agent).toBe(id);
    }
  });

  it('reports agents that are left open, and plans their steps', () => {
    expect(found('open_agent').join('\n')).toMatch(
      /by "various": whoever it concerns.*\n.*by "analyst\/pm": one of analyst, pm/,
    );
    expect(definition.steps.flatMap(({ agent }) => (/various|analyst-pm/.test(agent) ? [agent] : []))).toEqual([
      'various',
      'analyst-pm',
    ]);
  });

  it('reports what is repeated, optional or conditional, and tells it to the agent', () => {
    expect(found('repeated_step').join()).toContain('"sm_create_story" is to be repeated (for_each_epic)');
    expect(found('optional_step').join('\n')).toContain(
      '"pm_update_prd" is done only if "architecture_suggests_prd_changes"',
    );
    expect(definition.steps.find(({ id }) => id === 'pm_update_prd')?.with).toMatchObject({
      condition: 'architecture_suggests_prd_changes',
      updates: 'prd.md (if needed)',
    });
  });
});

describe('a sequence', () => {
  const edges = (...entries: string[]) =>
    planOf(sequence(...entries)).edges.flatMap(({ from, to, blocking }) => (blocking ? [`${from} -> ${to}`] : []));

  it('runs side by side what requires the same and nothing of each other', () => {
    expect(
      edges('agent: a, creates: x', 'agent: b, requires: x, creates: y', 'agent: c, requires: x, creates: z'),
    ).toEqual(['a_x -> b_y', 'a_x -> c_z']);
  });
  it('lets who updates an artifact wait for those who were to read it before', () => {
    expect(
      edges('agent: a, creates: x', 'agent: b, requires: x, creates: y', 'agent: c, requires: x, updates: x'),
    ).toContain('b_y -> c_update_x');
  });
  it('takes an artifact from its last writer', () => {
    const { steps } = loadWorkflow(
      sequence('agent: a, creates: x', 'agent: b, requires: x, updates: x', 'agent: c, requires: x, creates: y'),
      { file: 'f' },
    ).definition;
    expect(steps[2]?.inputs).toMatchObject([{ from: ['b_update_x'], as: 'x' }]);
  });
  it('declares what an entry makes, but not what it makes only if it is needed', () => {
    const outputsOf = (entry: string) =>
      loadWorkflow(sequence(entry), { file: 'f' }).definition.steps[0]?.outputs.map((path) => path.split('/').at(-1));
    expect(outputsOf('agent: a, creates: x.md')).toEqual(['x']);
    expect(outputsOf('agent: a, creates: [x, y (if needed)]')).toEqual(['x']);
    expect(outputsOf('agent: a, creates: x, condition: wanted')).toEqual([]);
    expect(outputsOf('agent: a, updates: x, optional: true')).toEqual([]);
    expect(outputsOf('agent: a, creates: x, optional_steps: [y]')).toEqual(['x']);
  });
  it('makes a fence of an entry that requires nothing, in both directions', () => {
    const found = edges(
      'agent: a, creates: x',
      'agent: b, requires: x, creates: y',
      'step: look',
      'agent: c, requires: x, creates: z',
    );
    expect(found).toEqual(expect.arrayContaining(['b_y -> look', 'look -> c_z']));
  });
  it('that is broken is refused at its place', () => {
    const { definition, findings } = inspectWorkflow('workflow:\n  sequence:\n    - {agent: [a]}\n', { file: 'f' });
    expect(definition).toBeUndefined();
    expect(findings).toMatchObject([{ code: 'wrong_type', line: 3, col: 15 }]);
  });
  it('is not what a file of ours is converted from', () => {
    expect(() => convertWorkflow('steps: {a: {}}\n', { file: 'f' })).toThrow(/needs no conversion/);
  });
});

import type { PlanEdge } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { inspectWorkflow, loadWorkflow, planWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';

const planOf = (text: string, templates: Readonly<Record<string, string>> = {}) => {
  const { definition, sources, findings } = loadWorkflow(text, {
    file: 'f.yaml',
    readTemplate: (path) => templates[path],
  });
  return { plan: planWorkflow(definition, { sources }), definition, findings };
};
const edgesOf = (text: string, templates?: Readonly<Record<string, string>>): string[] =>
  planOf(text, templates).plan.edges.map(
    ({ type, from, to, blocking, place }) =>
      `${type} ${from} -> ${to}${blocking ? '' : ' (free)'} at ${place?.file}:${place?.line}:${place?.col}`,
  );
const startOf = (text: string, id: string) => planOf(text).plan.steps.find((step) => step.id === id)?.plannedStartMs;

describe('data edges', () => {
  it('come from inputs and from dependencies, each at its place', () => {
    expect(edgesOf('steps:\n  a: {}\n  b: {inputs: [a.x]}\n  c: {depends_on: [b.completion]}\n')).toEqual([
      'data a -> b at f.yaml:3:16',
      'data b -> c at f.yaml:4:20',
    ]);
  });
  it('keep all their reasons, the first one first', () => {
    const { plan } = planOf('steps:\n  a: {outputs: [x, y]}\n  b: {inputs: [a.x, a.y]}\n');
    expect(plan.edges[0]?.why).toBe('"b" takes "a.x"');
    expect(plan.edges[0]?.reasons?.map(({ why, place }) => `${place?.line}:${place?.col} ${why}`)).toEqual([
      '3:16 "b" takes "a.x"',
      '3:21 "b" takes "a.y"',
    ]);
  });
  it('come from what a prompt in the file reads, at the line of the prompt', () => {
    const text =
      'steps:\n  pm: {outputs: [stories]}\n  dev:\n    prompt: |\n      Build:\n        {{ pm.stories[0].title }}\n';
    expect(edgesOf(text)).toEqual(['data pm -> dev at f.yaml:6:12']);
    expect(edgesOf('steps:\n  pm: {}\n  dev: {prompt: "Build {{ pm.stories }}"}\n')).toEqual([
      'data pm -> dev at f.yaml:3:27',
    ]);
  });
  it('come from what a template in a file of its own reads, at its place in that file', () => {
    const text = 'steps:\n  pm: {}\n  dev: {template: prompts/dev.liquid}\n';
    const { plan, definition } = planOf(text, { 'prompts/dev.liquid': 'Build\n{{ pm.stories }}' });
    expect(plan.edges).toMatchObject([
      { type: 'data', from: 'pm', to: 'dev', place: { file: 'prompts/dev.liquid', line: 2, col: 4 } },
    ]);
    expect(definition.steps[1]?.with).toEqual({ prompt: 'Build\n{{ pm.stories }}' });
    expect(definition.steps[1]?.template).toEqual({ file: 'prompts/dev.liquid' });
    expect(definition.steps[1]?.inputs).toContainEqual({
      ref: 'pm.stories',
      path: '/pm/stories',
      from: ['pm'],
      required: true,
    });
  });
  it('come from a step by its id too, whose result stands under another name, which the prompt is told', () => {
    const text = 'steps:\n  find: {agent: pm}\n  dev: {prompt: "{{ find.stories }} {{ pm.brief }}"}\n';
    const { plan, definition } = planOf(text);
    expect(plan.edges).toMatchObject([{ type: 'data', from: 'find', to: 'dev' }]);
    expect(definition.steps[1]?.template).toEqual({ names: { find: 'pm' } });
    expect(definition.steps[1]?.inputs.map(({ path }) => path)).toEqual(['/inputs', '/pm/stories', '/pm/brief']);
  });
  it('do not come from run inputs, constants, loop variables or what the template assigns', () => {
    const text = `inputs: {idea: string}
steps:
  pm: {}
  dev:
    with: {tone: dry}
    prompt: "{{ idea }} {{ inputs.idea }} {{ tone }} {% assign pm = 1 %}{{ pm }} {% for x in idea %}{{ x }}{% endfor %}"
`;
    const { plan, findings } = planOf(text);
    expect(plan.edges).toEqual([]);
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});

it('a prompt that would do something else than it looks like is told, at its place', () => {
  const { findings } = planOf(`steps:\n  a: {prompt: "{% render 'x' %}{{ 'b' | upcas }}"}\n`);
  const told = findings.filter(({ code }) => code === 'bad_template');
  expect(told.map(({ severity, line, col, message }) => `${severity} ${line}:${col} ${message}`)).toEqual([
    'warning 2:16 the prompt of "a" takes in another template, which fails when it is filled in: a prompt is one text',
    'warning 2:32 the prompt of "a" has a filter "upcas" that nobody knows; it changes nothing',
  ]);
});

describe('context edges', () => {
  it('never block: neither those of the file nor those of a template with a default', () => {
    const text = `steps:
  a: {estimated_duration: 9, outputs: [x]}
  b: {estimated_duration: 1, inputs: [], context: [a.x]}
  c: {estimated_duration: 1, prompt: '{{ a.x | default: "-" }}'}
`;
    expect(edgesOf(text)).toEqual(['context a -> b (free) at f.yaml:3:52', 'context a -> c (free) at f.yaml:4:42']);
    expect([startOf(text, 'b'), startOf(text, 'c')]).toEqual([0, 0]);
  });
  it('are met where that costs no time: of two that want the same room, the maker goes first', () => {
    const text = (context: string) => `pool: {concurrent_agent_limit: 1}
steps:
  reader: {estimated_duration: 2, inputs: [], context: [${context}]}
  maker: {estimated_duration: 2}
`;
    const { plan } = planOf(text('maker.x'));
    expect(plan.edges).toMatchObject([{ type: 'context', met: true }]);
    expect(plan.steps.map(({ plannedStartMs }) => plannedStartMs)).toEqual([2000, 0]);
    expect(planOf(text('')).plan.steps.map(({ plannedStartMs }) => plannedStartMs)).toEqual([0, 2000]);
  });
  it('are not met where the reader would have to wait in an empty pool, or where the plan would be longer', () => {
    const free =
      'steps:\n  reader: {estimated_duration: 2, inputs: [], context: [maker.x]}\n  maker: {estimated_duration: 2}\n';
    expect(planOf(free).plan.edges[0]).toMatchObject({ type: 'context', met: false });
    const long = `pool: {concurrent_agent_limit: 1}
steps:
  reader: {estimated_duration: 2, inputs: [], context: [maker.x]}
  maker: {estimated_duration: 2, depends_on: [slow]}
  slow: {agent: "cmd:sleep 9", estimated_duration: 2}
`;
    expect(planOf(long).plan.makespanMs).toBe(6000);
  });
});

describe('validation edges', () => {
  const text = (keys: string) => `steps:
  pm: {estimated_duration: 1}
  review: {estimated_duration: 5, validates: [pm]${keys}}
  dev: {estimated_duration: 1, depends_on: [pm]}
`;
  it('come after completion and delay no dependent', () => {
    expect(edgesOf(text(''))).toEqual(['validation pm -> review at f.yaml:3:47', 'data pm -> dev at f.yaml:4:45']);
    expect(startOf(text(''), 'dev')).toBe(1000);
  });
  it('delay the dependents where the workflow says that they are a gate', () => {
    const { plan } = planOf(text(', gate: true'));
    expect(plan.edges.find(({ from, to }) => from === 'review' && to === 'dev')).toMatchObject({
      blocking: true,
      why: '"dev" waits until "review" has judged "pm"',
      place: { line: 3, col: 58 },
    });
    expect(startOf(text(', gate: true'), 'dev')).toBe(6000);
  });
  it('are of the last class of priority while they hold nobody up, and of the class of their path as gates', () => {
    const priorities = (keys: string) => planOf(text(keys)).plan.steps.map(({ id, priority }) => `${id} ${priority}`);
    expect(priorities('')).toEqual(['pm 10', 'review 5', 'dev 7']);
    expect(priorities(', gate: true')).toEqual(['pm 10', 'review 10', 'dev 10']);
  });
  it('may judge a group or a root of the context', () => {
    const group = 'steps: {a: {}, b: {}, v: {validates: [g]}}\ngroups: {g: {agents: [a, b]}}\n';
    const root = 'ownership: {pm: [requirements]}\nsteps: {pm: {}, v: {validates: [requirements.core]}}\n';
    const judged = (file: string) => planOf(file).definition.steps.find(({ id }) => id === 'v')?.validates;
    expect(judged(group)).toEqual(['a', 'b']);
    expect(judged(root)).toEqual(['pm']);
  });
  it('of a cross-validation say where in the file it is asked for', () => {
    const { definition, sources } = loadWorkflow(SEED, { file: 'seed.yaml' });
    const crossed = planWorkflow(definition, { sources }).edges.filter(({ type }) => type === 'validation');
    expect(crossed.map(({ from, to, blocking }) => ({ from, to, blocking }))).toEqual([
      { from: 'ux_expert', to: 'architect', blocking: false },
      { from: 'architect', to: 'ux_expert', blocking: false },
    ]);
    const line = 1 + SEED.split('\n').findIndex((text) => /^ {2}cross_validation:$/.test(text));
    expect(crossed.every(({ place }) => place?.line === line + 1)).toBe(true);
  });
});

describe('resource edges', () => {
  const text = `pool:
  resources: {gpu: 2}
steps:
  a: {estimated_duration: 2, resource_requirements: {cpu: 1, memory: 1, resources: {gpu: 1}}}
  b: {estimated_duration: 2, resource_requirements: {cpu: 1, memory: 1, resources: {gpu: 2}}}
  c: {estimated_duration: 2, resource_requirements: {cpu: 1, memory: 1}}
`;
  it('stand between steps that want more of a named resource than there is, and the schedule keeps to it', () => {
    const { plan } = planOf(text);
    const [edge, ...others] = plan.edges as [PlanEdge, ...PlanEdge[]];
    expect(others).toEqual([]);
    expect(edge).toMatchObject({
      type: 'resource',
      from: 'a',
      to: 'b',
      resource: 'gpu',
      blocking: false,
      place: { line: 5 },
    });
    expect(edge.why).toBe('"a" and "b" want 3 of 2 units of "gpu", so they run one after the other');
    expect(plan.makespanMs).toBe(4000);
    expect(plan.namedPeak).toEqual({ gpu: 2 });
  });
  it('take the renders of the specification as the resource template_engine', () => {
    const engine = 'resource_manager: {resource_pool: {template_engine: {concurrent_renders: 1}}}\n';
    const step = '{estimated_duration: 2, resource_requirements: {resources: {template_engine: 1}}}';
    expect(planOf(`${engine}steps: {a: ${step}, b: ${step}}\n`).plan).toMatchObject({
      makespanMs: 4000,
      edges: [{ type: 'resource', resource: 'template_engine' }],
    });
  });
  it('do not stand between steps that wait for each other anyway', () => {
    expect(edgesOf(text.replace('  b: {', '  b: {depends_on: [a], '))).toEqual(['data a -> b at f.yaml:5:20']);
  });
});

describe('validations after a join', () => {
  it('stand in the plan, and neither the makespan nor the sequential time knows of them', () => {
    const { plan } = planOf('steps: {a: {}, b: {}, c: {}}\ngroups: {g: {agents: [a, b], cross_validation: {}}}\n');
    expect(plan.validations).toEqual([
      { id: 'validation-1', group: 'g', validator: 'b', of: 'a', as: 'b' },
      { id: 'validation-2', group: 'g', validator: 'a', of: 'b', as: 'a' },
    ]);
    expect(plan).toMatchObject({ makespanMs: 60_000, sequentialMs: 180_000 });
  });
  it('are refused where there are more than a run can tell of', () => {
    const members = Array.from({ length: 32 }, (_, n) => `m${n}`);
    const file = `steps: {${members.map((id) => `${id}: {}`).join(', ')}}
groups: {g: {agents: [${members.join(', ')}], cross_validation: {}}}
`;
    const { findings } = inspectWorkflow(file, { file: 'f.yaml' });
    expect(findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'too_many', line: 2, message: expect.stringContaining('1024 validations; the limit is 1000') },
    ]);
  });
});

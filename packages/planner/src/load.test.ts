import { type Finding, TuttiError } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { inspectWorkflow, loadWorkflow, planWorkflow } from './index.ts';

const found = (text: string): readonly Finding[] => inspectWorkflow(text, { file: 'f.yaml' }).findings;
const errors = (text: string) =>
  found(text)
    .filter(({ severity }) => severity === 'error')
    .map(({ line, col, code }) => `${line}:${col} ${code}`)
    .join(' ');
const stepOf = (text: string, id: string) => {
  const step = loadWorkflow(text, { file: 'f.yaml' }).definition.steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`no step ${id}`);
  return step;
};
const withStep = (keys: string): string => `steps:\n  - {id: a, ${keys}}\n`;

describe('what refuses a file', () => {
  const cases: [string, string, string][] = [
    ['a cycle', 'steps:\n  a: {depends_on: [b]}\n  b: {depends_on: [c]}\n  c: {depends_on: [a]}\n', '2:20 cycle'],
    ['an unknown agent', 'steps:\n  a: {depends_on: [bb.completion]}\n', '2:20 unknown_step'],
    ['a step too large for the pool by CPU', withStep('resource_requirements: {cpu: 121}'), '2:42 never_fits'],
    ['a step too large for the pool by memory', withStep('resource_requirements: {memory: 101}'), '2:45 never_fits'],
    ['a misspelt key', withStep('estimatd_duration: 3'), '2:13 unknown_key'],
    [
      'a misspelt key beside a cycle',
      'steps:\n  a: {x: 1, depends_on: [b]}\n  b: {depends_on: [a]}\n',
      '2:7 unknown_key 2:26 cycle',
    ],
    ['a step that waits for itself', withStep('depends_on: [a]'), '2:26 self_reference'],
    ['a step without an id', 'steps:\n  - {agent: a}\n', '2:5 missing_key'],
    ['a required key with no value', 'steps:\n  - id:\n', '2:5 missing_key'],
    ['two steps of one id', 'steps:\n  - {id: a}\n  - {id: a}\n', '3:5 duplicate_id'],
    ['no steps', 'workflow: {id: w}\n', '1:1 no_steps'],
    ['an empty group', 'steps: {a: {}}\ngroups: {g: {}}\n', '2:10 missing_key'],
    [
      'a run input that is not declared',
      'inputs: {idea: string}\nsteps:\n  a: {inputs: [inputs.ideas]}\n',
      '3:16 unknown_producer',
    ],
    [
      'an agent with several steps',
      'steps:\n  a: {agent: x}\n  b: {agent: x}\n  c: {inputs: [x.y]}\n',
      '4:16 ambiguous_reference',
    ],
    [
      'a write to what another agent owns',
      'ownership: {b: [r]}\nsteps:\n  a: {outputs: [/r/x]}\n  b: {}\n',
      '3:3 ownership_violated',
    ],
    ['a root of two owners', 'ownership: {a: [r], b: [r]}\nsteps: {a: {}, b: {}}\n', '1:25 owned_twice'],
    ['a reserved name', 'steps: {inputs: {}}\n', '1:17 bad_id'],
    ['an id that is no token', 'steps: [{id: "a b"}]\n', '1:14 bad_id'],
    ['a prototype in a reference', withStep('inputs: [b.__proto__]'), '2:22 bad_value'],
    ['a wrong type', withStep('priority: high'), '2:23 wrong_type'],
    ['a resource word that is none', withStep('resource_requirements: {cpu: huge}'), '2:42 bad_resource'],
    [
      'units that look like a number and are none',
      withStep('resource_requirements: {cpu: 1_000}'),
      '2:42 bad_resource',
    ],
    ['a clock time as a time-out', withStep('timeout: 10:30'), '2:22 bad_duration'],
    ['a time-out of nothing', withStep('timeout: 0'), '2:22 bad_duration'],
    ['a range as a time-out', withStep('timeout: 3-5_minutes'), '2:22 bad_duration'],
    [
      'a quorum larger than its group',
      'steps: {a: {}, b: {}}\ngroups:\n  g: {agents: [a, b], synchronization_strategy: {success_criteria: at_least_3}}\n',
      '3:3 bad_value',
    ],
  ];
  for (const [name, text, expected] of cases)
    it(`${name} is refused at its place`, () => expect(errors(text)).toBe(expected));

  it('a misspelt word is answered with the word that was meant', () => {
    const suggestions = found('steps:\n  analyst: {}\n  pm: {dependancies: [], depends_on: [analist]}\n').map(
      ({ suggestion }) => suggestion,
    );
    expect(suggestions).toContain('did you mean "dependencies"?');
    expect(suggestions).toContain('did you mean "analyst"?');
  });
  it('a cycle is printed whole', () => {
    const messages = found('steps:\n  a: {depends_on: [b]}\n  b: {depends_on: [c]}\n  c: {depends_on: [a]}\n').map(
      ({ message }) => message,
    );
    expect(messages).toContain('a → c → b → a wait for each other in a circle');
  });
  it('what is clear and cannot be done is unplannable, what is unclear is a bad file', () => {
    const codeOf = (text: string): string => {
      try {
        loadWorkflow(text, { file: 'f' });
      } catch (error) {
        if (error instanceof TuttiError) return error.code;
      }
      return 'loaded';
    };
    expect(codeOf(withStep('resource_requirements: {cpu: 121}'))).toBe('unplannable');
    expect(codeOf(withStep('nonsense: 1'))).toBe('bad_file');
  });
});

describe('what a file means', () => {
  it('a step that waits for every member of a group waits for its barrier', () => {
    const text =
      'steps: {a: {}, b: {}, c: {depends_on: [a, b]}, d: {depends_on: [b]}}\ngroups: {g: {agents: [a, b]}}\n';
    expect(stepOf(text, 'c').waitsFor).toEqual([{ kind: 'group', id: 'g' }]);
    expect(stepOf(text, 'd').waitsFor).toEqual([{ kind: 'step', id: 'b' }]);
  });
  it('a group that is not parallel runs its members one after another', () => {
    const text = 'execution_groups: {g: {agents: [a, b], parallel_capable: false, estimated_duration: 10}}\n';
    expect(stepOf(text, 'b').waitsFor).toEqual([{ kind: 'step', id: 'a' }]);
    expect(stepOf(text, 'b').estimate.likelyMs).toBe(5000);
  });
  it('an input that is not required is a context edge and holds nothing up', () => {
    const text = 'steps: {a: {}, b: {context: [a.x], inputs: []}}\n';
    expect(stepOf(text, 'b').waitsFor).toEqual([]);
    const plan = planWorkflow(loadWorkflow(text, { file: 'f' }).definition);
    expect(plan.edges).toMatchObject([{ type: 'context', from: 'a', to: 'b', blocking: false }]);
  });
  it('a step that declares no inputs takes the run inputs and the results of what it waits for', () => {
    const text = 'steps: {a: {}, b: {depends_on: [a]}}\n';
    expect(stepOf(text, 'b').inputs.map(({ path }) => path)).toEqual(['/inputs', '/a']);
  });
  it('a reference to an owned root is an edge to its owner', () => {
    const text = 'ownership: {pm: [requirements]}\nsteps: {pm: {}, dev: {inputs: [requirements.core]}}\n';
    expect(stepOf(text, 'dev').inputs).toMatchObject([{ path: '/requirements/core', from: ['pm'] }]);
  });
  it('steps that share an agent put their results under their own ids', () => {
    const text = 'steps: {a: {agent: scan}, b: {agent: scan}, c: {agent: join, depends_on: [a, b]}}\n';
    expect(['a', 'b', 'c'].map((id) => stepOf(text, id).resultPath)).toEqual(['/a', '/b', '/join']);
  });
  it('a time scale shortens estimates and no time-out', () => {
    const text = 'workflow: {id: w, time_scale: 0.01}\nsteps: {a: {estimated_duration: 100, timeout: 50}}\n';
    expect(stepOf(text, 'a')).toMatchObject({ estimate: { likelyMs: 1000 }, timeoutMs: 50_000 });
  });
  it('a program as an agent is split into words without a shell', () => {
    const { definition } = loadWorkflow('steps: {a: {agent: "cmd:python3 \'my file.py\' $HOME"}}\n', { file: 'f' });
    expect(definition.commands).toEqual({ a: { command: ['python3', 'my file.py', '$HOME'] } });
    expect(definition.steps[0]?.agent).toBe('a');
  });
  it('a workflow changes the table of words', () => {
    const text = 'resource_words: {medium: {cpu: 7}}\nsteps: {a: {}}\n';
    expect(stepOf(text, 'a').needs).toEqual({ cpu: 7, memory: 25 });
  });
  it('YAML 1.1 words as ids and flags stay what they look like', () => {
    expect(loadWorkflow('workflow: {id: no}\nsteps: {on: {}}\n', { file: 'f' }).definition.id).toBe('no');
  });
});

import { TuttiError } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { loadWorkflow, workflow } from './index.ts';

const TEXT = `
workflow: {id: design, name: Design, time_scale: 0.5}
inputs: {idea: string}
pool: {concurrent_agent_limit: 2}
steps:
  - {id: pm, inputs: [inputs.idea], outputs: [stories], estimated_duration: 4-6_minutes}
  - {id: ux, agent: ux_expert, inputs: {stories: pm.stories}, timeout: 8_minutes, retry: 3}
  - {id: arch, inputs: [pm.stories], resource_requirements: {cpu: high, memory: 35}}
  - {id: dev, depends_on: [design.completion], on_failure: continue}
groups:
  design: {agents: [ux, arch], synchronization_strategy: {timeout: 10_minutes}}
`;

it('a workflow built in code is the definition of the same file', () => {
  const built = workflow('design', (w) => {
    w.about({ name: 'Design', time_scale: 0.5 });
    const idea = w.input('idea', 'string');
    w.set({ pool: { concurrent_agent_limit: 2 } });
    const pm = w.step('pm', { inputs: [idea], outputs: ['stories'], estimated_duration: '4-6_minutes' });
    const stories = pm.ref('stories');
    const ux = w.step('ux', { agent: 'ux_expert', inputs: { stories }, timeout: '8_minutes', retry: 3 });
    const arch = w.step('arch', { inputs: [stories], resource_requirements: { cpu: 'high', memory: 35 } });
    const design = w.group('design', [ux, arch], { synchronization_strategy: { timeout: '10_minutes' } });
    w.step('dev', { depends_on: [design.completion], on_failure: 'continue' });
  });
  expect(built).toEqual(loadWorkflow(TEXT, { file: 'f.yaml' }).definition);
});

it('a workflow built in code is refused for what a file is refused for', () => {
  const build = () =>
    workflow('loop', (w) => {
      w.step('a', { depends_on: ['b'] });
      w.step('b', { depends_on: ['a'] });
    });
  expect(build).toThrow(TuttiError);
  expect(build).toThrow(/a → b → a|b → a → b/);
});

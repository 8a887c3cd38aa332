import { expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const hintFor = (text: string) =>
  inspectWorkflow(text, { file: 'w.yaml' }).findings.find(({ code }) => code === 'unknown_key')?.suggestion;

it.each([
  ['steps: { a: { retries: 2 } }', 'retry'],
  ['steps: { a: { retry: { attempts: 2 } } }', 'max_attempts'],
  ['pool: { agents: 1 }', 'concurrent_agent_limit'],
  ['pool: { cpu: 1 }', 'total_cpu_units'],
  ['pool: { memory: 1 }', 'total_memory_units'],
  ['steps: { a: { cpu: 1 } }', 'resource_requirements'],
  ['steps: { a: { needs: [b] } }', 'depends_on'],
  // What is spelt alike is found without a table.
  ['pool: { total_cpu_unit: 1 }', 'total_cpu_units'],
])('%s: a key of another name is told as %s', (text, meant) => {
  expect(hintFor(text)).toBe(`did you mean "${meant}"?`);
});

it('a program written beside the agent is told as the agent that it is', () => {
  expect(hintFor('steps: { a: { cmd: node x.js } }')).toBe('did you mean `agent: "cmd: …"`?');
  expect(hintFor('agents: { a: { command: node x.js } }')).toBe('did you mean "cmd"?');
});

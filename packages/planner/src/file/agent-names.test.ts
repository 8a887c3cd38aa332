import { expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const told = (text: string) =>
  inspectWorkflow(text, { file: 'w.yaml' })
    .findings.filter(({ code }) => code === 'unknown_agent')
    .map(({ severity, line, message, suggestion }) => ({ severity, line, message, suggestion }));

it('an agent spelt nearly like one that the file names is told at its step', () => {
  expect(told('agents: { reader: { cmd: [node, r.js] } }\nsteps:\n  read: { agent: raeder }\n')).toEqual([
    {
      severity: 'warning',
      line: 3,
      message: '"raeder" is no agent that this file names',
      suggestion: 'did you mean "reader"?',
    },
  ]);
});

it.each([
  ['named as it stands', 'agents: { reader: { cmd: [node, r.js] } }\nsteps: { read: { agent: reader } }'],
  [
    'of another name: a process may offer it',
    'agents: { reader: { cmd: [node, r.js] } }\nsteps: { w: { agent: judge } }',
  ],
  ['maybe of a module', 'agents: { reader: { cmd: [node, r.js] }, m: ./m.ts }\nsteps: { read: { agent: raeder } }'],
  ['of its own step', 'agents: { reader: { cmd: [node, r.js] } }\nsteps: { readers: { agent: "cmd: node x.js" } }'],
  ['none, for a person answers', 'agents: { reader: { cmd: [node, r.js] } }\nsteps: { readers: { type: approval } }'],
])('an agent is not told that is %s', (_, text) => {
  expect(told(text)).toEqual([]);
});

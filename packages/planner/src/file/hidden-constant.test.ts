import { expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const told = (steps: string) =>
  inspectWorkflow(`inputs: { who: string }\nsteps:\n  a: {}\n  ${steps}\n`, { file: 'w.yaml' }).findings.filter(
    ({ code }) => code === 'ignored_key',
  );

it('a constant under the name of a step whose result is given is told: the agent never sees it', () => {
  expect(told('d: { with: { a: 5, b: 1 }, depends_on: [a] }')).toMatchObject([
    { severity: 'warning', line: 4, message: 'the constant "a" of "d" is hidden by what "a" gives it' },
  ]);
});

it.each([
  'd: { with: { a: 5 } }',
  'd: { with: { who: x } }',
  'd: { with: { a: 5 }, depends_on: [a], inputs: [inputs.who] }',
])('one that stands is not: %s', (step) => expect(told(step)).toEqual([]));

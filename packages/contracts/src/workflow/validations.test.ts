import { describe, expect, it } from 'vitest';
import type { WorkflowDefinition } from './definition.ts';
import { countValidations, validationsOf } from './validations.ts';

const step = (id: string, agent = id, more: object = {}) => ({ id, agent, ...more });
const group = (id: string, steps: string[], agents: string[], enabled = true) => {
  return { id, steps, parallel: true, crossValidation: { enabled, agents, timeoutMs: 1_000 } };
};
const definition = (steps: object[], groups: object[]) => ({ steps, groups }) as unknown as WorkflowDefinition;
const pairs = (given: WorkflowDefinition) => validationsOf(given).map(({ validator, of }) => `${validator} on ${of}`);

describe('the validations of a workflow', () => {
  it('are those of each agent on every member that another made, each once', () => {
    const steps = [step('a'), step('b'), step('c'), step('b2', 'b')];
    expect(pairs(definition(steps, [group('g', ['a', 'b', 'b2'], ['a', 'b', 'b', 'c'])]))).toEqual([
      ...['b on a', 'c on a', 'a on b', 'c on b', 'a on b2', 'c on b2'],
    ]);
  });

  it('take what the validator takes as a member, or else elsewhere in the workflow', () => {
    const steps = [step('early', 'b'), step('a'), step('member', 'b'), step('c')];
    const given = definition(steps, [group('g', ['a', 'member'], ['b', 'c', 'outside'])]);
    const as = Object.fromEntries(validationsOf(given).map((each) => [each.validator, each.as]));
    expect(as).toEqual({ b: 'member', c: 'c', outside: undefined });
  });

  it('are none where cross-validation is off, and none by a person', () => {
    expect(validationsOf(definition([step('a'), step('b')], [group('g', ['a', 'b'], ['a', 'b'], false)]))).toEqual([]);
    const steps = [step('a'), step('ok', 'ok', { wait: { for: 'approval' } })];
    expect(pairs(definition(steps, [group('g', ['a', 'ok'], ['a', 'ok'])]))).toEqual(['a on ok']);
  });

  it('are called like nothing else in the workflow', () => {
    const steps = [step('a'), step('validation-1'), step('validation-3')];
    const given = definition(steps, [group('g', ['a', 'validation-1'], ['a', 'validation-1'])]);
    expect(validationsOf(given).map(({ id }) => id)).toEqual(['validation-2', 'validation-4']);
    expect(countValidations(given)).toBe(4);
  });
});

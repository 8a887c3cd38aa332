import { describe, expect, it } from 'vitest';
import { buildStepInput } from './input.ts';
import type { StepInput, WorkflowStep } from './step.ts';
import type { WorkflowJson } from './values.ts';

const CONTEXT: Readonly<Record<string, WorkflowJson>> = {
  '/inputs': { ms: 3000, who: 'Ada' },
  '/inputs/ms': 3000,
  '/pm': { tone: 'warm' },
};
const ALL: StepInput = { ref: 'inputs', path: '/inputs', from: [], required: false };
const inputOf = (constants: Record<string, WorkflowJson>, ...inputs: StepInput[]) =>
  buildStepInput({ with: constants, inputs } as unknown as WorkflowStep, (path) => CONTEXT[path]);

describe('the input of a step', () => {
  it('keeps its constants where it takes the inputs of the run as a whole', () => {
    expect(inputOf({ ms: 10 }, ALL)).toEqual({ ms: 10, who: 'Ada' });
    expect(inputOf({ prompt: 'Judge it' }, ALL)).toMatchObject({ prompt: 'Judge it' });
  });

  it('has an input of the run over a constant where the step names it', () => {
    expect(inputOf({ ms: 10 }, { ...ALL, ref: 'inputs.ms', path: '/inputs/ms' })).toEqual({ ms: 3000 });
    expect(inputOf({ ms: 10 }, { ...ALL, as: 'ms', ref: 'inputs.ms', path: '/inputs/ms' })).toEqual({ ms: 3000 });
  });

  it('has the results of other steps over a constant of the same name, in whichever order they stand', () => {
    const pm = { ref: 'pm', path: '/pm', from: ['pm'], required: true };
    expect(inputOf({ pm: 1 }, pm, ALL)).toEqual({ ms: 3000, who: 'Ada', pm: { tone: 'warm' } });
  });

  it('does not change the constants of the definition', () => {
    const constants = { pm: { tone: 'dry' } };
    inputOf(constants, { ref: 'pm', path: '/pm', from: ['pm'], required: true });
    expect(constants).toEqual({ pm: { tone: 'dry' } });
  });
});

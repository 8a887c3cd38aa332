/** The inputs of a run, made to fit what its workflow declares: by whoever submits it, and by the cluster that takes it. */
import { TuttiError } from '../errors.ts';
import type { WorkflowDefinition, WorkflowInput } from './definition.ts';
import type { WorkflowJson } from './values.ts';

export type RunInputs = Readonly<Record<string, WorkflowJson>>;

const FITS: Readonly<Record<WorkflowInput['type'], (value: WorkflowJson) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: (value) => Array.isArray(value),
};

/** Whether a value is of the type that an input declares. */
export const fitsInput = (type: WorkflowInput['type'], value: WorkflowJson): boolean => FITS[type](value);

const bad = (message: string): TuttiError => new TuttiError('bad_inputs', message);

type Declaring = Pick<WorkflowDefinition, 'id' | 'inputs'>;

/** What the workflow declares of an input. @throws TuttiError `bad_inputs` where it declares none of this name. */
export function declaredInput({ id, inputs }: Declaring, key: string): WorkflowInput {
  const declared = Object.hasOwn(inputs, key) ? inputs[key] : undefined;
  if (declared !== undefined) return declared;
  const known = Object.keys(inputs);
  const has = known.length === 0 ? 'it declares none' : `it declares ${known.join(', ')}`;
  throw bad(`The workflow "${id}" has no input "${key}"; ${has}`);
}

/**
 * What was given, and the defaults of what was not, in the order of the declaration: the same inputs are the same text.
 * @throws TuttiError `bad_inputs` for one that is unknown, missing or of another type than declared.
 */
export function completeInputs(definition: Declaring, given: RunInputs): RunInputs {
  for (const key of Object.keys(given)) declaredInput(definition, key);
  const complete: Record<string, WorkflowJson> = {};
  for (const [key, declared] of Object.entries(definition.inputs)) {
    const value = Object.hasOwn(given, key) ? given[key] : declared.default;
    if (value !== undefined && !fitsInput(declared.type, value)) {
      throw bad(`Input "${key}" of "${definition.id}" must be of type ${declared.type}`);
    }
    if (value !== undefined) complete[key] = value;
    else if (declared.required) throw bad(missing(definition.id, key, declared));
  }
  return complete;
}

/** Whether both say the same of a run, written out or left to the defaults, in whatever order. */
export function areSameInputs(definition: Declaring, a: RunInputs, b: RunInputs): boolean {
  return textOf(definition, a) === textOf(definition, b);
}

function textOf(definition: Declaring, given: RunInputs): string {
  try {
    return JSON.stringify(completeInputs(definition, given));
  } catch {
    // Runs of before inputs were checked may have any.
    return JSON.stringify(given);
  }
}

function missing(workflow: string, key: string, { description }: WorkflowInput): string {
  const about = description === undefined ? '' : ` (${description})`;
  return `The workflow "${workflow}" needs the input "${key}"${about}; on the command line give it with --input ${key}=…`;
}

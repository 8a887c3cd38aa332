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
 * What was given, and the defaults of what was not.
 * @throws TuttiError `bad_inputs` for one that is unknown, missing or of another type than declared.
 */
export function completeInputs(definition: Declaring, given: RunInputs): RunInputs {
  for (const [key, value] of Object.entries(given)) {
    const { type } = declaredInput(definition, key);
    if (!fitsInput(type, value)) throw bad(`Input "${key}" of "${definition.id}" must be of type ${type}`);
  }
  const complete: Record<string, WorkflowJson> = { ...given };
  for (const [key, declared] of Object.entries(definition.inputs)) {
    if (Object.hasOwn(given, key)) continue;
    if (declared.default !== undefined) complete[key] = declared.default;
    else if (declared.required) throw bad(missing(definition.id, key, declared));
  }
  return complete;
}

function missing(workflow: string, key: string, { description }: WorkflowInput): string {
  const about = description === undefined ? '' : ` (${description})`;
  return `The workflow "${workflow}" needs the input "${key}"${about}; on the command line give it with --input ${key}=…`;
}

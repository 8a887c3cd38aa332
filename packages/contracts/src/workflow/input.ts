import { INPUTS_ROOT, type StepInput, type WorkflowStep } from './step.ts';
import type { WorkflowJson } from './values.ts';

/** Looks a context path up; undefined where nothing stands. */
export type ReadPath = (path: string) => WorkflowJson | undefined;

type Draft = { [key: string]: WorkflowJson };

/**
 * What an agent's `run({ input })` receives: all inputs of the run where the step takes them as a whole, which it does
 * unless it names what it takes; over them the step's constants (`with`), for these were written for this one step; over
 * them the inputs of the run that it names, over them the results of other steps nested under their root
 * (`pm.user_stories` → `input.pm.user_stories`), over them what has a name of its own (`as`). A value that is not in the
 * context is left out.
 */
export function buildStepInput(step: WorkflowStep, read: ReadPath): Draft {
  const draft: Draft = {};
  const inputs = [...step.inputs].sort((a, b) => rankOf(a) - rankOf(b));
  const [whole, named] = [inputs.filter((input) => rankOf(input) === 0), inputs.filter((input) => rankOf(input) > 0)];
  for (const input of whole) take(draft, input, read);
  Object.assign(draft, structuredClone(step.with));
  for (const input of named) take(draft, input, read);
  return draft;
}

function take(draft: Draft, { as, path }: StepInput, read: ReadPath): void {
  const value = read(path);
  if (value === undefined) return;
  if (as !== undefined) draft[as] = value;
  else place(draft, placeKeys(path), value);
}

/** What comes later stands over what came before; 0 is everything that the run was given, under its constants even. */
function rankOf({ as, path }: StepInput): number {
  if (as !== undefined) return 3;
  const [root, ...rest] = keysOf(path);
  if (root !== INPUTS_ROOT) return 2;
  return rest.length === 0 ? 0 : 1;
}

const keysOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The keys under which a path stands in the input; the run's inputs stand at the top. */
function placeKeys(path: string): string[] {
  const keys = keysOf(path);
  return keys[0] === INPUTS_ROOT ? keys.slice(1) : keys;
}

function place(draft: Draft, keys: readonly string[], value: WorkflowJson): void {
  const last = keys.at(-1);
  if (last === undefined) {
    if (isObject(value)) Object.assign(draft, value);
    return;
  }
  let at = draft;
  for (const key of keys.slice(0, -1)) {
    const child = at[key];
    // A copy, because what stands there may be a part of the context itself.
    const next: Draft = isObject(child) ? { ...child } : {};
    at[key] = next;
    at = next;
  }
  at[last] = value;
}

const isObject = (value: WorkflowJson | undefined): value is { readonly [key: string]: WorkflowJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

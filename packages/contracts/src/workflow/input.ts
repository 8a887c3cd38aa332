import { INPUTS_ROOT, type StepInput, type WorkflowStep } from './step.ts';
import type { WorkflowJson } from './values.ts';

/** Looks a context path up; undefined where nothing stands. */
export type ReadPath = (path: string) => WorkflowJson | undefined;

type Draft = { [key: string]: WorkflowJson };

/**
 * What an agent's `run({ input })` receives: the step's constants (`with`), over them the run's inputs by their own
 * names, over them the results of other steps nested under their root (`pm.user_stories` → `input.pm.user_stories`),
 * over them what has a name of its own (`as`). A value that is not in the context is left out.
 */
export function buildStepInput(step: WorkflowStep, read: ReadPath): Draft {
  const draft: Draft = structuredClone(step.with) as Draft;
  const rank = (input: StepInput): number =>
    input.as !== undefined ? 2 : keysOf(input.path)[0] === INPUTS_ROOT ? 0 : 1;
  for (const input of [...step.inputs].sort((a, b) => rank(a) - rank(b))) {
    const value = read(input.path);
    if (value === undefined) continue;
    if (input.as !== undefined) draft[input.as] = value;
    else place(draft, placeKeys(input.path), value);
  }
  return draft;
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

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
  const { whole, named } = placesOf(step);
  const draft: Draft = {};
  for (const place of whole) take(draft, place, read);
  // As it is: whatever is written below it later is written to a copy.
  Object.assign(draft, step.with);
  for (const place of named) take(draft, place, read);
  return draft;
}

/** Where one input comes from, and where it goes to. */
interface Placed {
  readonly path: string;
  readonly as: string | undefined;
  readonly keys: readonly string[];
}

interface Places {
  /** Everything that the run was given. */
  readonly whole: readonly Placed[];
  /** The others, in the order in which they stand over each other. */
  readonly named: readonly Placed[];
}

const known = new WeakMap<WorkflowStep, Places>();

/** Found once a step: it is the same for every attempt. */
function placesOf(step: WorkflowStep): Places {
  let places = known.get(step);
  if (places === undefined) {
    const ranked = step.inputs.map((input) => ({ rank: rankOf(input), placed: placedOf(input) }));
    ranked.sort((a, b) => a.rank - b.rank);
    const of = (isWhole: boolean): Placed[] =>
      ranked.filter(({ rank }) => (rank === 0) === isWhole).map(({ placed }) => placed);
    places = { whole: of(true), named: of(false) };
    known.set(step, places);
  }
  return places;
}

const placedOf = ({ as, path }: StepInput): Placed => ({ path, as, keys: placeKeys(path) });

function take(draft: Draft, { path, as, keys }: Placed, read: ReadPath): void {
  const value = read(path);
  if (value === undefined) return;
  if (as !== undefined) draft[as] = value;
  else place(draft, keys, value);
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

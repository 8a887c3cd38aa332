/** What a step says it will return, held against what its agent did return. */
import {
  type ContextWrite,
  type ErrorBody,
  TuttiError,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';

/** Names that one message tells; the rest is counted. */
const MAX_NAMES = 20;

const isInside = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

const owedBy = new WeakMap<WorkflowDefinition, ReadonlyMap<string, readonly string[]>>();

/** The outputs that the result of a step must hold, looked for once a definition. */
export function owedOutputs(definition: WorkflowDefinition, step: string): readonly string[] {
  let owed = owedBy.get(definition);
  if (owed === undefined) {
    owed = findOwed(definition);
    owedBy.set(definition, owed);
  }
  return owed.get(step) ?? [];
}

/**
 * The outputs that a result must hold, by step: those declared under its own result. One that others take only if it is
 * there (`context`), and nobody as an input, may be left out: so the file says that they can do without. Outputs at
 * other places are leave to write there, and no promise.
 */
function findOwed({ steps }: WorkflowDefinition): ReadonlyMap<string, readonly string[]> {
  const required = new Set<string>();
  const optional = new Set<string>();
  for (const { path, required: isRequired } of steps.flatMap(({ inputs }) => inputs)) {
    for (const place of placesOf(path)) (isRequired ? required : optional).add(place);
  }
  const isOwed = (output: string): boolean => required.has(output) || !optional.has(output);
  return new Map(
    steps.flatMap(({ id, outputs, resultPath, wait }) => {
      const owed = outputs.filter((output) => output.startsWith(`${resultPath}/`) && isOwed(output));
      return wait === undefined && owed.length > 0 ? [[id, owed] as const] : [];
    }),
  );
}

/** The path and all that it lies in, but for the root: taking a whole result names none of its parts. */
function placesOf(path: string): readonly string[] {
  const keys = path.split('/').slice(1);
  return keys.slice(1).map((_, at) => `/${keys.slice(0, at + 2).join('/')}`);
}

/** Why a result is not what its step declares; undefined where it is. */
export function lacking(
  step: WorkflowStep,
  owed: readonly string[],
  writes: readonly ContextWrite[],
): ErrorBody | undefined {
  if (owed.length === 0) return undefined;
  const set = new Map(writes.flatMap((write) => (write.op === 'set' ? [[write.path, write.value] as const] : [])));
  const missing = owed.filter((output) => !isGiven(output, set));
  if (missing.length === 0) return undefined;
  const own = `${step.resultPath}/`;
  const nameOf = (path: string): string => path.slice(own.length).replaceAll('/', '.');
  const given = [...set.keys()].filter((path) => path.startsWith(own)).map(nameOf);
  const names = { missing: listed(missing.map(nameOf)), given: listed(given) };
  const message =
    `The agent "${step.agent}" did not return what step "${step.id}" declares under "outputs": ${names.missing}; ` +
    `it returned: ${names.given}. Correct the agent, or the outputs`;
  return new TuttiError('bad_agent_output', message).toData();
}

const listed = (names: readonly string[]): string => {
  if (names.length === 0) return 'nothing';
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `${names.slice(0, MAX_NAMES).join(', ')}${more}`;
};

/** Written itself, as a part of what was written, or by a part of its own. */
function isGiven(output: string, set: ReadonlyMap<string, unknown>): boolean {
  if (set.has(output)) return true;
  const keys = output.split('/').slice(1);
  for (let length = keys.length - 1; length > 0; length -= 1) {
    const above = `/${keys.slice(0, length).join('/')}`;
    if (set.has(above) && holds(set.get(above), keys.slice(length))) return true;
  }
  return [...set.keys()].some((path) => isInside(path, output));
}

function holds(value: unknown, keys: readonly string[]): boolean {
  let at = value;
  for (const key of keys.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return true;
}

import { INPUTS_ROOT, type StepInput, type WaitsFor } from '@tutti/contracts';
import { type GroupDraft, type Path, pick, pickAll, type RefAt, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';
import { didYouMean } from './suggest.ts';

/** What a step takes and waits for, every name resolved. */
export interface StepRefs {
  readonly inputs: StepInput[];
  readonly waitsFor: WaitsFor[];
  readonly validates: string[];
}

export function resolveStepRefs(r: Resolution, step: StepDraft): StepRefs {
  const waits = waitSet(r, step);
  const declared = declaredInputs(r, step);
  for (const input of declared ?? []) {
    if (input.required) for (const from of input.from) waits.steps.add(from);
  }
  const validates = resolveValidated(r, step);
  for (const id of validates) waits.steps.add(id);
  waits.steps.delete(step.id);
  const waitsFor = joinWaits(r, step, waits);
  return { inputs: declared ?? implicitInputs(r, step, waitsFor), waitsFor, validates };
}

interface Waits {
  readonly steps: Set<string>;
  readonly groups: Set<string>;
}

/** The step's own dependencies, its group's, and its predecessor in a group that is not parallel. */
function waitSet(r: Resolution, step: StepDraft): Waits {
  const waits: Waits = { steps: new Set(), groups: new Set() };
  const group = r.groupOf(step);
  const refs: RefAt[] = (['dependencies', 'depends_on'] as const).flatMap((key) => pickAll(step, key).flatMap(refsAt));
  for (const { ref, path } of [...refs, ...(group?.dependencies ?? [])]) addDependency(r, step, ref, path, waits);
  const before = group?.parallel === false ? group.members[group.members.indexOf(step) - 1] : undefined;
  if (before !== undefined) {
    waits.steps.add(before.id);
    r.notePlace(step.id, before.id, group?.path ?? step.path, `the group "${group?.id}" runs one after another`);
  }
  return waits;
}

const refsAt = ({ value, path }: { value: readonly string[]; path: Path }): RefAt[] =>
  value.map((ref, index) => ({ ref, path: [...path, index] }));

function addDependency(r: Resolution, step: StepDraft, ref: string, path: Path, waits: Waits): void {
  const [name = '', ...rest] = ref.split('.');
  const at = () => r.locate(path);
  if (rest.length > 1 || (rest[0] ?? 'completion') !== 'completion') {
    const suggestion = `write "${name}.completion" here, or "${ref}" under "inputs"`;
    r.findings.add('bad_value', at(), `"${ref}" is a value; a dependency names what must be complete`, { suggestion });
  }
  const target = r.names.find(name, at);
  if (target === undefined) return;
  if (target.kind === 'root') {
    const suggestion = () => didYouMean(name, r.stepIds());
    r.findings.add('unknown_step', at(), `"${name}" is a context root, not a step, agent or group`, { suggestion });
  } else if (target.kind === 'group') addGroup(r, step, target.group, path, waits);
  else if (target.step === step) r.findings.add('self_reference', at(), `"${step.id}" waits for itself`);
  else {
    waits.steps.add(target.step.id);
    r.notePlace(step.id, target.step.id, path, `"${step.id}" depends on "${ref}"`);
  }
}

function addGroup(r: Resolution, step: StepDraft, group: GroupDraft, path: Path, waits: Waits): void {
  if (r.groupOf(step) === group) {
    r.findings.add('self_reference', r.locate(path), `"${step.id}" waits for its own group "${group.id}"`);
    return;
  }
  if (r.hasBarrier(group)) waits.groups.add(group.id);
  for (const member of group.members) {
    if (!r.hasBarrier(group)) waits.steps.add(member.id);
    r.notePlace(step.id, member.id, path, `"${step.id}" depends on the group "${group.id}"`);
  }
}

/**
 * A step that waits for all members of a group with a barrier waits for the barrier: it decides, with partial results if
 * it must. A step that waits for some of them waits for these alone and is not held up by the others.
 */
function joinWaits(r: Resolution, step: StepDraft, waits: Waits): WaitsFor[] {
  const counts = new Map<GroupDraft, number>();
  for (const id of waits.steps) {
    const group = r.barrierGroupOf(id);
    if (group !== undefined && group !== r.groupOf(step)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  for (const [group, count] of counts) if (count === group.members.length) waits.groups.add(group.id);
  const covers = (id: string): boolean => {
    const group = r.barrierGroupOf(id);
    return group !== undefined && waits.groups.has(group.id);
  };
  const steps = [...waits.steps].filter((id) => !covers(id)).map((id): WaitsFor => ({ kind: 'step', id }));
  return [...steps, ...[...waits.groups].map((id): WaitsFor => ({ kind: 'group', id }))];
}

/** Undefined where the step declares nothing: it then takes what is there (see `implicitInputs`). */
function declaredInputs(r: Resolution, step: StepDraft): StepInput[] | undefined {
  const list: StepInput[] = [];
  const required = pick(step, 'inputs');
  const reads = pickAll(step, 'context_requirements').flatMap(({ value, path }) =>
    (value.read ?? []).map((ref, index) => ({ ref, as: undefined, path: [...path, 'read', index] })),
  );
  if (required === undefined && reads.length === 0) {
    if (
      pick(step, 'context') === undefined &&
      pick(step, 'resource_requirements')?.value.context_access?.read !== 'none'
    )
      return undefined;
  }
  if (required === undefined) list.push(RUN_INPUTS);
  for (const entry of [...entries(required), ...reads]) addInput(r, step, entry, true, list);
  for (const entry of entries(pick(step, 'context'))) addInput(r, step, entry, false, list);
  return list;
}

const RUN_INPUTS: StepInput = { ref: INPUTS_ROOT, path: `/${INPUTS_ROOT}`, from: [], required: false };

interface InputEntry extends RefAt {
  readonly as: string | undefined;
}

function entries(
  picked: { value: readonly string[] | Readonly<Record<string, string>>; path: Path } | undefined,
): InputEntry[] {
  if (picked === undefined) return [];
  const { value, path } = picked;
  if (Array.isArray(value)) return value.map((ref: string, index) => ({ ref, as: undefined, path: [...path, index] }));
  return Object.entries(value).map(([as, ref]) => ({ ref, as, path: [...path, as] }));
}

function addInput(
  r: Resolution,
  step: StepDraft,
  { ref, as, path }: InputEntry,
  required: boolean,
  list: StepInput[],
): void {
  if (list.some((input) => input.ref === ref && input.as === as)) return;
  const [name = '', ...rest] = ref.split('.');
  const source = name === INPUTS_ROOT ? runInput(r, rest, path) : producerOf(r, step, name, rest, path);
  if (source === undefined) return;
  const named = as === undefined ? {} : { as };
  list.push({ ref, path: toPointer([source.root, ...source.rest]), ...named, from: source.from, required });
  for (const from of source.from) r.notePlace(step.id, from, path, `"${step.id}" takes "${ref}"`, ref);
}

interface Source {
  readonly root: string;
  readonly rest: readonly string[];
  readonly from: string[];
}

function runInput(r: Resolution, rest: readonly string[], path: Path): Source | undefined {
  const [name] = rest;
  const declared = Object.keys(r.file.inputs ?? {});
  if (name !== undefined && r.file.inputs !== undefined && !declared.includes(name)) {
    const suggestion = () => didYouMean(name, declared);
    r.findings.add('unknown_producer', r.locate(path), `the workflow has no input "${name}"`, { suggestion });
    return undefined;
  }
  return { root: INPUTS_ROOT, rest, from: [] };
}

function producerOf(
  r: Resolution,
  step: StepDraft,
  name: string,
  rest: readonly string[],
  path: Path,
): Source | undefined {
  const at = () => r.locate(path);
  const target = r.names.find(name, at);
  if (target === undefined) return undefined;
  if (target.kind === 'group') {
    const members = target.group.members.map(({ id }) => id).join(', ');
    r.findings.add('unknown_producer', at(), `"${name}" is a group and has no value`, {
      suggestion: `name a member: ${members}`,
    });
    return undefined;
  }
  if (target.kind === 'root') {
    if (target.writers.length > 0)
      return { root: name, rest, from: target.writers.filter((writer) => writer !== step).map(({ id }) => id) };
    r.findings.add('unknown_producer', at(), `no step of this workflow writes "${name}"`);
    return undefined;
  }
  if (target.step === step) {
    r.findings.add('self_reference', at(), `"${step.id}" takes its own result`);
    return undefined;
  }
  checkOutput(r, target.step, rest, path);
  return { root: r.names.resultRoot(target.step), rest, from: [target.step.id] };
}

/** Does the producer say that it makes this? It need not say anything, but then nobody can check. */
function checkOutput(r: Resolution, producer: StepDraft, rest: readonly string[], path: Path): void {
  const [wanted] = rest;
  if (wanted === undefined) return;
  const outputs = pick(producer, 'outputs')?.value;
  if (outputs === undefined) {
    const message = `"${producer.id}" declares no outputs; the edge is to the step, and "${wanted}" is taken on trust`;
    r.findings.add('undeclared_output', r.locate(path), message, { severity: 'note' });
  } else if (!outputs.some((output) => output.split('.')[0] === wanted)) {
    const suggestion = () => didYouMean(wanted, outputs) ?? `it declares: ${outputs.slice(0, 10).join(', ')}`;
    const message = `"${producer.id}" declares no output "${wanted}"`;
    r.findings.add('undeclared_output', r.locate(path), message, { severity: 'warning', suggestion });
  }
}

/** A step that declares no inputs takes the run's inputs and the whole results of what it waits for. */
function implicitInputs(r: Resolution, step: StepDraft, waitsFor: readonly WaitsFor[]): StepInput[] {
  const ids = waitsFor.flatMap(({ kind, id }) => (kind === 'step' ? [id] : r.membersOf(id).map((member) => member.id)));
  const inputs = ids.flatMap((id): StepInput[] => {
    const producer = r.stepById(id);
    if (producer === undefined || producer === step) return [];
    return [{ ref: id, path: toPointer([r.names.resultRoot(producer)]), from: [id], required: false }];
  });
  return [RUN_INPUTS, ...inputs];
}

function resolveValidated(r: Resolution, step: StepDraft): string[] {
  const refs = pickAll(step, 'validates').flatMap(refsAt);
  return refs.flatMap(({ ref, path }) => {
    const target = r.names.find(ref.split('.')[0] ?? '', () => r.locate(path));
    if (target?.kind !== 'step') return [];
    if (target.step === step) {
      r.findings.add('self_reference', r.locate(path), `"${step.id}" validates itself`);
      return [];
    }
    r.notePlace(step.id, target.step.id, path, `"${step.id}" validates "${target.step.id}"`);
    return [target.step.id];
  });
}

export const toPointer = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

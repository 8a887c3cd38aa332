import { INPUTS_ROOT, type Place, type StepInput, type StepWait, type WaitsFor } from '@tutti/contracts';
import { type Path, pick, pickAll, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';
import type { PromptReads } from './resolve-prompt.ts';
import { outputsOfWait } from './resolve-wait.ts';
import { didYouMean } from './suggest.ts';

/** Undefined where the step declares nothing: it then takes what is there (see `implicitInputs`). */
export function declaredInputs(r: Resolution, step: StepDraft, prompt?: PromptReads): StepInput[] | undefined {
  const list: StepInput[] = [];
  const required = pick(step, 'inputs');
  const reads = pickAll(step, 'context_requirements').flatMap(({ value, path }) =>
    (value.read ?? []).map((ref, index) => ({ ref, as: undefined, at: () => r.locate([...path, 'read', index]) })),
  );
  const optional = entries(r, pick(step, 'context'));
  const takesNothing = pick(step, 'resource_requirements')?.value.context_access?.read === 'none';
  const isDeclared = required !== undefined || reads.length > 0 || optional.length > 0 || takesNothing;
  if (!isDeclared && (prompt === undefined || prompt.reads.length === 0)) return undefined;
  if (required === undefined) list.push(RUN_INPUTS);
  for (const entry of [...entries(r, required), ...reads]) addInput(r, step, entry, true, list);
  for (const entry of optional) addInput(r, step, entry, false, list);
  for (const read of prompt?.reads ?? []) addRead(r, step, read, list);
  return list;
}

const RUN_INPUTS: StepInput = { ref: INPUTS_ROOT, path: `/${INPUTS_ROOT}`, from: [], required: false };

interface InputEntry {
  readonly ref: string;
  readonly as: string | undefined;
  readonly at: () => Place;
}

/** What a prompt reads is an input, unless a declared one holds it already. */
function addRead(r: Resolution, step: StepDraft, read: PromptReads['reads'][number], list: StepInput[]): void {
  const holds = (ref: string): boolean => ref === read.ref || read.ref.startsWith(`${ref}.`);
  if (list.some(({ ref, as }) => as === undefined && holds(ref))) return;
  addInput(r, step, { ref: read.ref, as: undefined, at: () => read.at }, !read.optional, list, 'its prompt');
}

function entries(
  r: Resolution,
  picked: { value: readonly string[] | Readonly<Record<string, string>>; path: Path } | undefined,
): InputEntry[] {
  if (picked === undefined) return [];
  const { value, path } = picked;
  if (Array.isArray(value))
    return value.map((ref: string, index) => ({ ref, as: undefined, at: () => r.locate([...path, index]) }));
  return Object.entries(value).map(([as, ref]) => ({ ref, as, at: () => r.locate([...path, as]) }));
}

function addInput(
  r: Resolution,
  step: StepDraft,
  { ref, as, at }: InputEntry,
  required: boolean,
  list: StepInput[],
  who = '',
): void {
  if (list.some((input) => input.ref === ref && input.as === as)) return;
  const [name = '', ...rest] = ref.split('.');
  const source = name === INPUTS_ROOT ? runInput(r, rest, at) : producerOf(r, step, name, rest, at);
  if (source === undefined) return;
  const named = as === undefined ? {} : { as };
  list.push({ ref, path: toPointer([source.root, ...source.rest]), ...named, from: source.from, required });
  const takes = who === '' ? 'takes' : `takes by ${who}`;
  const why = `"${step.id}" ${takes} "${ref}"${required ? '' : ' if it is there'}`;
  for (const from of source.from) r.noteSource(step.id, from, { place: at(), why });
}

interface Source {
  readonly root: string;
  readonly rest: readonly string[];
  readonly from: string[];
}

function runInput(r: Resolution, rest: readonly string[], at: () => Place): Source | undefined {
  const [name] = rest;
  const declared = Object.keys(r.file.inputs ?? {});
  if (name !== undefined && r.file.inputs !== undefined && !declared.includes(name)) {
    const suggestion = () => didYouMean(name, declared);
    r.findings.add('unknown_producer', at(), `the workflow has no input "${name}"`, { suggestion });
    return undefined;
  }
  return { root: INPUTS_ROOT, rest, from: [] };
}

function producerOf(
  r: Resolution,
  step: StepDraft,
  name: string,
  rest: readonly string[],
  at: () => Place,
): Source | undefined {
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
  checkOutput(r, target.step, rest, at);
  return { root: r.names.resultRoot(target.step), rest, from: [target.step.id] };
}

/** Does the producer say that it makes this? It need not say anything, but then nobody can check. */
function checkOutput(r: Resolution, producer: StepDraft, rest: readonly string[], at: () => Place): void {
  const [wanted] = rest;
  if (wanted === undefined) return;
  const type = pick(producer, 'type')?.value ?? 'agent';
  if (type !== 'agent') return checkAnswer(r, producer, type, wanted, at);
  const outputs = pick(producer, 'outputs')?.value;
  if (outputs === undefined) {
    const message = `"${producer.id}" declares no outputs; the edge is to the step, and "${wanted}" is taken on trust`;
    r.findings.add('undeclared_output', at(), message, { severity: 'note' });
  } else if (!outputs.some((output) => output.split('.')[0] === wanted)) {
    const suggestion = () => didYouMean(wanted, outputs) ?? `it declares: ${outputs.slice(0, 10).join(', ')}`;
    const message = `"${producer.id}" declares no output "${wanted}"`;
    r.findings.add('undeclared_output', at(), message, { severity: 'warning', suggestion });
  }
}

/** What an answer leaves is the same for all of its type, and known without being declared. */
function checkAnswer(r: Resolution, producer: StepDraft, type: StepWait['for'], wanted: string, at: () => Place): void {
  const outputs = outputsOfWait({ for: type });
  if (outputs.includes(wanted)) return;
  const suggestion = () => didYouMean(wanted, outputs) ?? `it leaves: ${outputs.join(', ')}`;
  const message = `"${producer.id}" is of type ${type} and leaves no "${wanted}"`;
  r.findings.add('undeclared_output', at(), message, { severity: 'warning', suggestion });
}

/** A step that declares no inputs takes the run's inputs and the whole results of what it waits for. */
export function implicitInputs(r: Resolution, step: StepDraft, waitsFor: readonly WaitsFor[]): StepInput[] {
  const ids = waitsFor.flatMap(({ kind, id }) => (kind === 'step' ? [id] : r.membersOf(id).map((member) => member.id)));
  const inputs = ids.flatMap((id): StepInput[] => {
    const producer = r.stepById(id);
    if (producer === undefined || producer === step) return [];
    return [{ ref: id, path: toPointer([r.names.resultRoot(producer)]), from: [id], required: false }];
  });
  return [RUN_INPUTS, ...inputs];
}

export const toPointer = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

import type { StepInput, WaitsFor } from '@tutti/contracts';
import { type GroupDraft, type Path, pickAll, type RefAt, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';
import { declaredInputs, implicitInputs } from './resolve-inputs.ts';
import type { PromptReads } from './resolve-prompt.ts';
import { type Gates, judgedSteps } from './resolve-validation.ts';
import { didYouMean } from './suggest.ts';

/** What a step takes and waits for, every name resolved. */
export interface StepRefs {
  readonly inputs: StepInput[];
  readonly waitsFor: WaitsFor[];
  readonly validates: string[];
}

export function resolveStepRefs(r: Resolution, step: StepDraft, gates: Gates, prompt?: PromptReads): StepRefs {
  const waits = waitSet(r, step);
  const declared = declaredInputs(r, step, prompt);
  for (const input of declared ?? []) {
    if (input.required) for (const from of input.from) waits.steps.add(from);
  }
  const validates = judgedSteps(r, step);
  addGates(r, step, gates, waits);
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

/** Where a validation is a gate, what depends on the judged step waits for the judgement too; other judges do not. */
function addGates(r: Resolution, step: StepDraft, gates: Gates, waits: Waits): void {
  if (gates.size === 0) return;
  const awaited = [...waits.steps, ...[...waits.groups].flatMap((id) => r.membersOf(id).map((member) => member.id))];
  for (const judged of awaited) {
    const judges = gates.get(judged) ?? [];
    if (judges.some(({ judge }) => judge === step)) continue;
    for (const { judge, place } of judges) {
      waits.steps.add(judge.id);
      const why = `"${step.id}" waits until "${judge.id}" has judged "${judged}"`;
      r.noteSource(step.id, judge.id, { place, why });
    }
  }
}

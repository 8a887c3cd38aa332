import type { Place } from '@tutti/contracts';
import { type Path, pick, pickAll, type StepDraft } from './draft.ts';
import type { Target } from './names.ts';
import type { Resolution } from './resolution.ts';

/** Of each judged step, the validations that its dependents must wait for. */
export type Gates = ReadonlyMap<string, readonly Gate[]>;

interface Gate {
  readonly judge: StepDraft;
  /** Where the file says that it is a gate. */
  readonly place: Place;
}

/** Validations delay nobody but where a step says `gate: true`. */
export function indexGates(r: Resolution, steps: readonly StepDraft[]): Gates {
  const gates = new Map<string, Gate[]>();
  for (const judge of steps) {
    const gate = pick(judge, 'gate');
    if (gate?.value !== true) continue;
    for (const id of judgedSteps(r, judge))
      gates.set(id, [...(gates.get(id) ?? []), { judge, place: r.locate(gate.path) }]);
  }
  return gates;
}

/**
 * The steps that a validation judges: a step, the members of a group, or whoever writes a context root. It starts when they
 * are over. Nobody can judge only what he made himself.
 */
export function judgedSteps(r: Resolution, step: StepDraft): string[] {
  const judged = new Map<string, StepDraft>();
  const refs = pickAll(step, 'validates').flatMap(({ value, path }) =>
    value.map((ref, index) => ({ ref, path: [...path, index] })),
  );
  for (const { ref, path } of refs) {
    for (const target of judgedBy(r, step, ref, path)) {
      judged.set(target.id, target);
      r.notePlace(step.id, target.id, path, `"${step.id}" validates "${ref}"`);
    }
  }
  const [first] = refs;
  const isOwn = judged.size > 0 && [...judged.values()].every(({ agent }) => agent === step.agent);
  if (first !== undefined && isOwn) {
    const message = `the agent "${step.agent}" alone makes what "${step.id}" validates`;
    const suggestion = 'let another agent judge it';
    r.findings.add('self_validation', r.locate(first.path), message, { severity: 'warning', suggestion });
  }
  return [...judged.keys()];
}

function judgedBy(r: Resolution, step: StepDraft, ref: string, path: Path): readonly StepDraft[] {
  const name = ref.split('.')[0] ?? '';
  const target = r.names.find(name, () => r.locate(path));
  if (target === undefined) return [];
  const makers = makersOf(target);
  const others = makers.filter((maker) => maker !== step);
  if (makers.length === 0)
    r.findings.add('unknown_producer', r.locate(path), `no step of this workflow writes "${name}"`);
  else if (others.length === 0) {
    const message = `"${step.id}" validates "${ref}", and is the only one that makes it`;
    r.findings.add('self_validation', r.locate(path), message, { suggestion: 'name the step whose result it judges' });
  }
  return others;
}

const makersOf = (target: Target): readonly StepDraft[] =>
  target.kind === 'step' ? [target.step] : target.kind === 'group' ? target.group.members : target.writers;

import { INPUTS_ROOT, type Place } from '@tutti/contracts';
import type { GroupDraft, StepDraft } from './draft.ts';
import type { FindingList } from './findings.ts';
import { didYouMean } from './suggest.ts';

/** What a name of the file can mean. */
export type Target =
  | { readonly kind: 'step'; readonly step: StepDraft }
  | { readonly kind: 'group'; readonly group: GroupDraft }
  /** A context root that is not named like a step: owned by an agent, or written by a step. */
  | { readonly kind: 'root'; readonly root: string; readonly writers: readonly StepDraft[] };

export interface Names {
  /** The meaning of a name, or undefined with the reason found. */
  find(name: string, at: () => Place): Target | undefined;
  /** Whether `find` would answer without a finding that the name is unknown. */
  knows(name: string): boolean;
  /** The nearest name to one that nobody has, as "did you mean". */
  suggest(name: string, others: Iterable<string>): string | undefined;
  /** The step whose name the word begins, as `ux` does `ux_expert`; undefined where none or several do. */
  complete(word: string): StepDraft | undefined;
  /** The context root under which the result of the step of this name stands; undefined where it names no step. */
  rootOf(name: string): string | undefined;
  stepsOf(agent: string): readonly StepDraft[];
  /** The context path of a step's result: its agent's name where no other step shares the agent, else its id. */
  resultRoot(step: StepDraft): string;
}

export interface NameSources {
  readonly steps: readonly StepDraft[];
  readonly groups: readonly GroupDraft[];
  readonly ownership: Readonly<Record<string, readonly string[]>>;
  /** Roots that steps declare to write, beyond their results. */
  readonly writtenRoots: ReadonlyMap<string, readonly StepDraft[]>;
  readonly findings: FindingList;
}

/** Order of meaning: step id, group id, another id of a step, agent, context root. */
export function indexNames(sources: NameSources): Names {
  const byAgent = groupBy(sources.steps, (step) => step.agent);
  const targets = new Map<string, Target>();
  for (const [agent, roots] of Object.entries(sources.ownership)) {
    for (const root of roots) targets.set(root, { kind: 'root', root, writers: byAgent.get(agent) ?? [] });
  }
  for (const [root, writers] of sources.writtenRoots) {
    if (!targets.has(root)) targets.set(root, { kind: 'root', root, writers });
  }
  for (const [agent, steps] of byAgent)
    if (steps.length === 1 && steps[0]) targets.set(agent, { kind: 'step', step: steps[0] });
  for (const step of sources.steps) for (const alias of step.aliases) targets.set(alias, { kind: 'step', step });
  for (const group of sources.groups) targets.set(group.id, { kind: 'group', group });
  for (const step of sources.steps) targets.set(step.id, { kind: 'step', step });
  return {
    find: (name, at) => targets.get(name) ?? explainMissing(name, at(), byAgent, targets, sources.findings),
    knows: (name) => targets.has(name) || byAgent.has(name),
    suggest: (name, others) => didYouMean(name, [...others, ...targets.keys()]),
    complete: (word) => complete(word, targets),
    rootOf: (name) => {
      const target = targets.get(name);
      return target?.kind === 'step' ? resultRoot(target.step, byAgent) : undefined;
    },
    stepsOf: (agent) => byAgent.get(agent) ?? [],
    resultRoot: (step) => resultRoot(step, byAgent),
  };
}

function resultRoot(step: StepDraft, byAgent: ReadonlyMap<string, readonly StepDraft[]>): string {
  const written = step.layers.findLast(({ keys }) => keys.result !== undefined)?.keys.result;
  return written ?? ((byAgent.get(step.agent)?.length ?? 0) > 1 ? step.id : step.agent);
}

function explainMissing(
  name: string,
  at: Place,
  byAgent: ReadonlyMap<string, readonly StepDraft[]>,
  targets: ReadonlyMap<string, Target>,
  findings: FindingList,
): undefined {
  const several = byAgent.get(name);
  if (several !== undefined) {
    const ids = several.slice(0, 10).map((step) => step.id);
    const suggestion = `name one of its steps: ${ids.join(', ')}`;
    findings.add('ambiguous_reference', at, `the agent "${name}" has several steps`, { suggestion });
    return undefined;
  }
  const suggestion = () => didYouMean(name, [...targets.keys(), INPUTS_ROOT]);
  findings.add('unknown_step', at, `no step, agent or group is called "${name}"`, { suggestion });
  return undefined;
}

function complete(word: string, targets: ReadonlyMap<string, Target>): StepDraft | undefined {
  const exact = targets.get(word);
  if (exact?.kind === 'step') return exact.step;
  const found = new Set<StepDraft>();
  for (const [name, target] of targets) {
    if (target.kind === 'step' && /^[_-]/.test(name.slice(word.length)) && name.startsWith(word))
      found.add(target.step);
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const map = new Map<string, T[]>();
  for (const item of items) {
    const list = map.get(keyOf(item));
    if (list === undefined) map.set(keyOf(item), [item]);
    else list.push(item);
  }
  return map;
}

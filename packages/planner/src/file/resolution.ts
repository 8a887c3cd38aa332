import type { Place, WorkflowFile } from '@tutti/contracts';
import type { Drafts, GroupDraft, Path, StepDraft } from './draft.ts';
import type { FindingList } from './findings.ts';
import type { Names } from './names.ts';
import type { Locate } from './tree.ts';

/** Where an edge comes from: the words of the file and their place. */
export interface EdgeSource {
  readonly place: Place;
  readonly why: string;
}

/** Places of a loaded file, for findings and plans made later. Keys: `sourceKey`. */
export interface Sources {
  readonly file: string;
  readonly steps: ReadonlyMap<string, Place>;
  readonly groups: ReadonlyMap<string, Place>;
  readonly edges: ReadonlyMap<string, EdgeSource>;
}

/** The key of an edge, or of one value that flows over it. */
export const edgeKey = (to: string, from: string, ref = ''): string => `${to} ${from} ${ref}`;

/** Everything that resolving one file needs to look up. */
export interface Resolution {
  readonly file: WorkflowFile;
  readonly names: Names;
  readonly locate: Locate;
  readonly findings: FindingList;
  readonly sources: Sources;
  groupOf(step: StepDraft): GroupDraft | undefined;
  stepById(id: string): StepDraft | undefined;
  stepIds(): Iterable<string>;
  membersOf(groupId: string): readonly StepDraft[];
  hasBarrier(group: GroupDraft): boolean;
  /** The group of a step, if it has a barrier. */
  barrierGroupOf(stepId: string): GroupDraft | undefined;
  /** Remembers why an edge exists; the first reason stays. */
  notePlace(to: string, from: string, path: Path, why: string, ref?: string): void;
}

export function resolution(
  file: WorkflowFile,
  drafts: Drafts,
  names: Names,
  locate: Locate,
  findings: FindingList,
): Resolution {
  const steps = new Map(drafts.steps.map((step) => [step.id, step]));
  const groups = new Map(drafts.groups.map((group) => [group.id, group]));
  const edges = new Map<string, EdgeSource>();
  const groupOf = (step: StepDraft) => (step.groupId === undefined ? undefined : groups.get(step.groupId));
  // One member has nobody to be joined with; a barrier would only add a message.
  const hasBarrier = (group: GroupDraft) => group.join !== 'none' && group.members.length > 1;
  return {
    file,
    names,
    locate,
    findings,
    sources: {
      file: findings.file,
      steps: new Map(drafts.steps.map((step) => [step.id, locate(step.path, 'key')])),
      groups: new Map(drafts.groups.map((group) => [group.id, locate(group.path, 'key')])),
      edges,
    },
    groupOf,
    stepById: (id) => steps.get(id),
    stepIds: () => steps.keys(),
    membersOf: (id) => groups.get(id)?.members ?? [],
    hasBarrier,
    barrierGroupOf: (id) => {
      const step = steps.get(id);
      const group = step === undefined ? undefined : groupOf(step);
      return group !== undefined && hasBarrier(group) ? group : undefined;
    },
    notePlace: (to, from, path, why, ref) => {
      const source = { place: locate(path), why };
      for (const key of [edgeKey(to, from, ref), edgeKey(to, from)]) if (!edges.has(key)) edges.set(key, source);
    },
  };
}

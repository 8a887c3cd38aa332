import type { FileStepKeys, Place, WorkflowFile } from '@tutti/contracts';
import { type Drafts, type GroupDraft, type Path, pick, type StepDraft } from './draft.ts';
import type { FindingList } from './findings.ts';
import type { Names } from './names.ts';
import type { Locate, LocateInside } from './tree.ts';

/** Where an edge comes from: the words of the file and their place. */
export interface EdgeSource {
  readonly place: Place;
  readonly why: string;
}

/** What of a step or a group can be asked for its place. */
export type Part = keyof FileStepKeys | 'barrier' | 'cross_validation';

/** Places of a loaded file, for findings and plans made later. Keys: `sourceKey`. */
export interface Sources {
  readonly file: string;
  readonly steps: ReadonlyMap<string, Place>;
  readonly groups: ReadonlyMap<string, Place>;
  /** Every reason of an edge in the order found. */
  readonly edges: ReadonlyMap<string, readonly EdgeSource[]>;
  /** Where a part of a step or of a group stands, down to an item of it; undefined where the file does not say it. */
  partOf(id: string, part: Part, item?: PropertyKey): Place | undefined;
}

/** The key of an edge. */
export const edgeKey = (to: string, from: string): string => `${to} ${from}`;

/** A template file by the name that the workflow gives it. */
export type ReadTemplate = (path: string) => string | undefined;

/** What is known of the text that a file was read from. */
export interface Reading {
  readonly locate: Locate;
  readonly locateInside: LocateInside;
  readonly readTemplate: ReadTemplate | undefined;
  /** Whether a file stands at a path that the workflow gives; undefined where nobody can look. */
  readonly hasFile: ((path: string) => boolean) | undefined;
}

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
  /** The text of a template's file; undefined where nobody can read it. */
  readonly readTemplate: ReadTemplate | undefined;
  /** The place of a row and a column inside a text of the file. */
  readonly locateInside: LocateInside;
  /** Remembers why an edge exists. */
  notePlace(to: string, from: string, path: Path, why: string): void;
  noteSource(to: string, from: string, source: EdgeSource): void;
}

export function resolution(
  file: WorkflowFile,
  drafts: Drafts,
  names: Names,
  findings: FindingList,
  reading: Reading,
): Resolution {
  const { locate } = reading;
  const steps = new Map(drafts.steps.map((step) => [step.id, step]));
  const groups = new Map(drafts.groups.map((group) => [group.id, group]));
  const edges = new Map<string, EdgeSource[]>();
  const noteSource = (to: string, from: string, source: EdgeSource): void => {
    const key = edgeKey(to, from);
    const known = edges.get(key);
    if (known === undefined) edges.set(key, [source]);
    else if (!known.some(({ why }) => why === source.why)) known.push(source);
  };
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
      partOf: (id, part, item) => {
        const path = pathOfPart(steps.get(id), groups.get(id), part);
        return path === undefined ? undefined : locate(item === undefined ? path : [...path, item]);
      },
    },
    readTemplate: reading.readTemplate,
    locateInside: reading.locateInside,
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
    notePlace: (to, from, path, why) => noteSource(to, from, { place: locate(path), why }),
    noteSource,
  };
}

function pathOfPart(step: StepDraft | undefined, group: GroupDraft | undefined, part: Part): Path | undefined {
  if (part === 'barrier') return group?.barrierPath;
  if (part === 'cross_validation') return group?.crossValidation?.path;
  return step === undefined ? undefined : pick(step, part)?.path;
}

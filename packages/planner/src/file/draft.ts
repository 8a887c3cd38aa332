import type { CommandAgent, FileCrossValidation, FileStepKeys, Place } from '@tutti/contracts';

/** A path into the file, for places. */
export type Path = readonly PropertyKey[];

/** What one block says of a step, and where. Later layers refine earlier ones, key by key. */
export interface Layer {
  readonly keys: Partial<FileStepKeys>;
  readonly path: Path;
  /** The group's words hold for its members until a member says otherwise. */
  readonly source: 'file' | 'group';
}

/** A step on its way from the file to the definition: names found, references not yet. */
export interface StepDraft {
  readonly id: string;
  readonly agent: string;
  readonly path: Path;
  /** Other ids under which the file speaks of it, such as the enhanced step's. */
  readonly aliases: string[];
  readonly layers: Layer[];
  groupId: string | undefined;
  command: CommandAgent | undefined;
}

export interface RefAt {
  readonly ref: string;
  readonly path: Path;
}

/** What one block says of a group's join. */
export interface BarrierLayer {
  readonly timeout?: number | undefined;
  readonly partial_failure_handling?: string | undefined;
  readonly success_criteria?:
    | { kind: 'all' }
    | { kind: 'at_least_one' }
    | { kind: 'quorum'; count: number }
    | undefined;
  readonly extension?: number | undefined;
  readonly max_extensions?: number | undefined;
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
}

export interface GroupDraft {
  readonly id: string;
  readonly path: Path;
  name: string | undefined;
  readonly members: StepDraft[];
  readonly dependencies: RefAt[];
  parallel: boolean;
  /** What the file says of joining: a barrier, none, or nothing. */
  join: 'barrier' | 'none' | undefined;
  readonly barrierLayers: BarrierLayer[];
  /** Where the file speaks of the join; undefined where it does not. */
  barrierPath: Path | undefined;
  crossValidation: (FileCrossValidation & { readonly path: Path }) | undefined;
}

export interface Drafts {
  readonly steps: StepDraft[];
  readonly groups: GroupDraft[];
}

/** The last layer that has the key, with its path. */
export function pick<K extends keyof FileStepKeys>(
  draft: StepDraft,
  key: K,
): { readonly value: NonNullable<FileStepKeys[K]>; readonly path: Path; readonly source: Layer['source'] } | undefined {
  const layer = draft.layers.findLast(({ keys }) => keys[key] !== undefined);
  const value = layer?.keys[key];
  if (layer === undefined || value === undefined || value === null) return undefined;
  return { value, path: [...layer.path, key], source: layer.source };
}

/** Every layer's value of the key: for what adds up rather than refines. */
export const pickAll = <K extends keyof FileStepKeys>(draft: StepDraft, key: K) =>
  draft.layers.flatMap(({ keys, path }) => {
    const value = keys[key];
    return value === undefined || value === null ? [] : [{ value, path: [...path, key] }];
  });

export type At = (path: Path, what?: 'key' | 'value') => Place;

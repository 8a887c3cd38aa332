/** What a context store remembers: plain JSON, a fold of its log. */
import type { Committed, Conflict, WorkflowJson } from '@tutti/contracts';
import type { JsonObject } from './content.ts';
import type { ContextLimits } from './options.ts';

/** What stood at a path before a version; without `before` nothing did. */
export interface Undo {
  readonly path: string;
  readonly before?: WorkflowJson;
}

/** How to get from a version back to the one before it. */
export interface Revision {
  readonly undo: readonly Undo[];
  /** Of the replaced values. */
  readonly bytes: number;
}

/** An accepted commit. Its version is its place in the list, from 1. */
export interface Commit {
  /** Empty where no step made it: what a person decided about a conflict. */
  readonly step: string;
  readonly generation: number;
  readonly epoch: number;
  readonly author: string;
  /** Paths of its writes that took effect. */
  readonly paths: readonly string[];
  /** Paths at or below which the tree changed, where they are not `paths`. */
  readonly changed?: readonly string[];
}

export interface ContextState {
  readonly run: string;
  readonly limits: ContextLimits;
  /** Highest epoch of the workflow's owner seen; a lower one is an owner that was replaced. */
  readonly ownerEpoch: number;
  /** Context root → the one author that may write it. */
  readonly owners: { readonly [root: string]: string };
  readonly tree: JsonObject;
  /** Bytes of the tree and of the conflict records. */
  readonly bytes: number;
  /** Commit number n made version n; version 0 is what the context was opened with. */
  readonly commits: readonly Commit[];
  /** The way back from the newest version; the last one undoes the newest. */
  readonly history: readonly Revision[];
  readonly historyBytes: number;
  readonly conflicts: readonly Conflict[];
  /** Times another process took this context over. */
  readonly recoveries: number;
}

export interface ContextInput {
  readonly run: string;
  readonly limits: ContextLimits;
}

export const unopened = ({ run, limits }: ContextInput): ContextState => ({
  run,
  limits,
  ownerEpoch: 0,
  owners: {},
  tree: {},
  bytes: 0,
  commits: [],
  history: [],
  historyBytes: 0,
  conflicts: [],
  recoveries: 0,
});

/** The newest version. */
export const headOf = (state: ContextState): number => state.commits.length;

/** The answer to the commit that made a version; undefined when no step did. */
export function committedAt(state: ContextState, version: number, duplicate: boolean): Committed | undefined {
  const commit = state.commits[version - 1];
  if (commit === undefined || commit.step === '') return undefined;
  const conflicts = state.conflicts.filter((conflict) => conflict.version === version);
  const { step, epoch, generation } = commit;
  return { step, epoch, generation, version, duplicate, paths: [...commit.paths], conflicts };
}

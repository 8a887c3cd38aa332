/**
 * Older versions. The newest tree is held whole; going back applies undo records, newest first. They are bounded, but
 * the list of commits says for ever which paths changed: what did not change since a version is known at any age.
 */
import { jsonBytes } from '@tutti/cache';
import type { JsonObject, Maybe } from './content.ts';
import { keysOf, overlaps, pathOf } from './path.ts';
import { type Commit, type ContextState, headOf, type Revision, type Undo } from './state.ts';
import { draftOf, undoPoint, valueAt } from './tree.ts';

/** The oldest version whose whole tree can be had. */
export const oldestKept = (state: ContextState): number => headOf(state) - state.history.length;

/** The tree at a version, or undefined when the way back is not kept that far (or the version does not exist). */
export function treeAt(state: ContextState, version: number): JsonObject | undefined {
  if (version < oldestKept(state) || version > headOf(state)) return undefined;
  const draft = draftOf(state.tree);
  for (const { undo } of state.history.slice(version - oldestKept(state)).reverse()) {
    for (const { path, before } of undo) draft.put(keysOf(path), before);
  }
  return draft.tree();
}

/** How to undo changes of a tree at and below these paths, none of which lies below another. */
export function undoOf(tree: JsonObject, paths: Iterable<string>): Revision {
  const points = new Set([...paths].map((path) => pathOf(undoPoint(tree, keysOf(path)))));
  const undo = [...points].map((path) => undoTo(path, valueAt(tree, keysOf(path))));
  return { undo, bytes: undo.reduce((sum, { before }) => sum + jsonBytes(before), 0) };
}

const undoTo = (path: string, before: Maybe): Undo => (before === undefined ? { path } : { path, before });

/** The history with one more revision, cut to its limits from the old end. */
export function remember(
  { history, historyBytes, limits }: ContextState,
  revision: Revision,
): Pick<ContextState, 'history' | 'historyBytes'> {
  let bytes = historyBytes + revision.bytes;
  let from = 0;
  const count = history.length + 1;
  while (from < count && (count - from > limits.historyVersions || bytes > limits.historyBytes)) {
    bytes -= (history[from] ?? revision).bytes;
    from++;
  }
  return { history: [...history, revision].slice(from), historyBytes: bytes };
}

/** The commits after a version, oldest first. */
export const commitsSince = (state: ContextState, version: number): readonly Commit[] => state.commits.slice(version);

/** The last commit of a list that changed something at, above or below a path. */
export const lastToTouch = (commits: readonly Commit[], path: string): Commit | undefined =>
  commits.findLast((commit) => changedBy(commit).some((changed) => overlaps(changed, path)));

export const changedBy = (commit: Commit): readonly string[] => commit.changed ?? commit.paths;

/** Where the commit of a step and generation is, for lists that have been asked; each list hands it on to the next one. */
const places = new WeakMap<readonly Commit[], Map<string, number>>();

const nameOf = ({ step, generation }: Pick<Commit, 'step' | 'generation'>): string => `${generation} ${step}`;

/** The version that a step and generation made; 0 when there is none. */
export function versionOf({ commits }: ContextState, of: Pick<Commit, 'step' | 'generation'>): number {
  let found = places.get(commits);
  if (found === undefined) {
    found = new Map(commits.map((commit, i) => [nameOf(commit), i + 1]));
    places.set(commits, found);
  }
  return found.get(nameOf(of)) ?? 0;
}

/** The commits with one more. */
export function withCommit(commits: readonly Commit[], next: Commit): readonly Commit[] {
  const more = [...commits, next];
  const found = places.get(commits);
  if (found === undefined) return more;
  // The shorter list is hardly ever asked again; when it is, it is read through once more.
  places.delete(commits);
  places.set(more, found.set(nameOf(next), more.length));
  return more;
}

/** Snapshot reads: every answer is of one version, whole, or says why it cannot be. */
import { jsonBytes } from '@tutti/cache';
import {
  type AnyMessage,
  type ContextView,
  type ErrorData,
  type MessageOf,
  TuttiError,
  type WorkflowJson,
} from '@tutti/contracts';
import type { JsonObject } from './content.ts';
import { overLimit } from './decision.ts';
import { commitsSince, lastToTouch, oldestKept, treeAt } from './history.ts';
import { keysOf } from './path.ts';
import { type ContextState, headOf } from './state.ts';
import { valueAt } from './tree.ts';

type ReadMessage = MessageOf<'context.read'>;

export function read(state: ContextState, message: ReadMessage): AnyMessage {
  const version = message.version ?? headOf(state);
  const tree = treeFor(state, version, message.paths);
  if (tree === undefined) return { type: 'error', error: gone(state, version) };
  const { values, bytes } = valuesOf(tree, message.paths);
  const { maxReadBytes } = state.limits;
  if (bytes > maxReadBytes) {
    return { type: 'error', error: overLimit(state, 'body_too_large', 'maxReadBytes', maxReadBytes, bytes) };
  }
  return { type: 'context.snapshot', run: state.run, version, values };
}

/** Bytes that may ride with the answer to a commit: what is larger is asked for when it is needed. */
const MAX_VIEW_BYTES = 262_144;

/** The paths at the newest version; undefined when nothing was asked for, or too much. */
export function viewOf(state: ContextState, paths: readonly string[]): ContextView | undefined {
  if (paths.length === 0) return undefined;
  const { values, bytes } = valuesOf(state.tree, paths);
  return bytes > MAX_VIEW_BYTES ? undefined : { version: headOf(state), paths: [...paths], values };
}

function valuesOf(tree: JsonObject, paths: readonly string[]) {
  const values: { [path: string]: WorkflowJson } = {};
  let bytes = 0;
  for (const path of paths) {
    const value = valueAt(tree, keysOf(path));
    if (value === undefined) continue;
    values[path] = value;
    bytes += jsonBytes(value);
  }
  return { values, bytes };
}

/**
 * A tree that holds, at these paths, what the version held: the newest one when nothing there changed since, which is
 * known for every version; else the version's own, while it is kept.
 */
function treeFor(state: ContextState, version: number, paths: readonly string[]): JsonObject | undefined {
  if (version > headOf(state)) return undefined;
  const since = commitsSince(state, version);
  const isChanged = (path: string): boolean => lastToTouch(since, path) !== undefined;
  return paths.some(isChanged) ? treeAt(state, version) : state.tree;
}

function gone(state: ContextState, version: number): ErrorData {
  const [oldest, newest] = [oldestKept(state), headOf(state)];
  const why = version > newest ? 'does not exist yet' : 'is no longer kept where it differs from later ones';
  const message = `Version ${version} of the context of run ${state.run} ${why}; versions ${oldest} to ${newest} can be read`;
  return new TuttiError('version_gone', message, {
    details: { run: state.run, asked: version, oldest, newest },
  }).toData();
}

export const conflictsOf = (state: ContextState): AnyMessage => ({
  type: 'context.conflicted',
  run: state.run,
  conflicts: state.conflicts.filter(({ resolved }) => resolved === undefined),
});

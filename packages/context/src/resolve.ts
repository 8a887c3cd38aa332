/**
 * What a person decides about a conflict: recorded once, and what he takes is committed as a version of its own. A decision rests
 * on what its record shows: where something else stands by now, it must name the version that the person has seen.
 */
import { jsonBytes } from '@tutti/cache';
import { type Conflict, type ErrorData, type MessageOf, type Resolution, TuttiError } from '@tutti/contracts';
import { checkLimits, staleOwner, truncated } from './commit.ts';
import { type Maybe, sameContent } from './content.ts';
import { type Decision, overLimit, refuse } from './decision.ts';
import { commitsSince, lastToTouch, remember, undoOf, withCommit } from './history.ts';
import { keysOf } from './path.ts';
import { type ContextState, headOf } from './state.ts';
import { draftOf, valueAt } from './tree.ts';

type ResolveMessage = MessageOf<'context.resolve'>;

export function resolve(state: ContextState, message: ResolveMessage): Decision {
  const { ownerEpoch, known, conflict: id } = message;
  if (ownerEpoch < state.ownerEpoch) return refuse(state, staleOwner(state, ownerEpoch));
  const seen = ownerEpoch === state.ownerEpoch ? state : { ...state, ownerEpoch };
  const lost = truncated(state, known);
  if (lost !== undefined) return refuse(seen, lost);
  const conflict = state.conflicts.find((each) => each.id === id);
  if (conflict === undefined) return refuse(seen, unknown(state, id));
  if (conflict.resolved !== undefined) return answer(seen, id, conflict.resolved);
  const newest = headOf(seen);
  if (message.over !== undefined && message.over > newest) return refuse(seen, notYet(seen, message.over, newest));
  const changed = changedSince(seen, conflict, message.over);
  if (changed !== undefined) return refuse(seen, changed);
  return decide(seen, conflict, message);
}

function answer(next: ContextState, conflict: string, resolved: Resolution): Decision {
  return { next, reply: { type: 'context.resolved', run: next.run, conflict, resolved, newest: headOf(next) } };
}

function decide(state: ContextState, conflict: Conflict, message: ResolveMessage): Decision {
  const { take, by, atMs, comment } = message;
  const said = { take, by, atMs, ...(comment === undefined ? {} : { comment }) };
  // Who leaves it as it is adds a name and a comment: that a context is full is no reason to leave it open for ever.
  if (take === 'kept') return recorded(state, conflict, said);
  const { maxCommits } = state.limits;
  const version = headOf(state) + 1;
  if (version > maxCommits) return refuse(state, overLimit(state, 'overloaded', 'maxCommits', maxCommits, version));
  const written = write(state, conflict, take === 'refused' ? conflict.refused.value : take.value, by);
  if (written === undefined) return refuse(state, changedTo(state, conflict, 'has no place for the value any more'));
  return record(state, written, conflict, { ...said, version });
}

/** Authors that are people have this before their names: no agent can be called so. */
const PERSON = 'person:';

/** The value stands at the place; undefined when there is no such place any more. */
function write(state: ContextState, { path }: Conflict, value: Maybe, by: string): ContextState | undefined {
  const draft = draftOf(state.tree);
  if (!draft.put(keysOf(path), value)) return undefined;
  const tree = draft.tree();
  const revision = undoOf(state.tree, [path]);
  const grown = revision.undo.reduce(
    (sum, { path: at }) => sum + jsonBytes(valueAt(tree, keysOf(at))),
    -revision.bytes,
  );
  const commit = { step: '', generation: 0, epoch: 0, author: `${PERSON}${by}`, paths: [path] };
  return {
    ...state,
    ...remember(state, revision),
    tree,
    bytes: state.bytes + grown,
    commits: withCommit(state.commits, commit),
  };
}

function record(before: ContextState, after: ContextState, conflict: Conflict, resolved: Resolution): Decision {
  const made = recorded(after, conflict, resolved);
  const limit = checkLimits(made.next);
  return limit === undefined ? made : refuse(before, limit);
}

function recorded(state: ContextState, conflict: Conflict, resolved: Resolution): Decision {
  const decided: Conflict = { ...conflict, resolved };
  const next = {
    ...state,
    bytes: state.bytes + jsonBytes(decided as never) - jsonBytes(conflict as never),
    conflicts: state.conflicts.map((each) => (each.id === conflict.id ? decided : each)),
  };
  return answer(next, conflict.id, resolved);
}

/** Nobody can have seen it. */
const notYet = ({ run }: ContextState, over: number, newest: number): ErrorData =>
  new TuttiError('version_gone', `The context of run ${run} has no version ${over} yet; its newest is ${newest}`, {
    details: { run, version: over, newest },
  }).toData();

/** Why the decision may rest on what stands there no more; undefined where it does not. */
function changedSince(state: ContextState, conflict: Conflict, over = 0): ErrorData | undefined {
  const last = lastChange(state, conflict);
  if (last <= over || sameContent(valueAt(state.tree, keysOf(conflict.path)), conflict.kept.value)) return undefined;
  return changedTo(state, conflict, 'was written again');
}

/** The newest version that changed the place after the conflict; that of the conflict when none did. */
function lastChange(state: ContextState, { version, path }: Conflict): number {
  const since = commitsSince(state, version);
  const last = lastToTouch(since, path);
  return last === undefined ? version : version + since.lastIndexOf(last) + 1;
}

function changedTo(state: ContextState, conflict: Conflict, how: string): ErrorData {
  const { id, path } = conflict;
  const newest = lastChange(state, conflict);
  const author = state.commits[newest - 1]?.author ?? 'nobody';
  const message =
    `${path} of run ${state.run} ${how} after conflict ${id}: version ${newest} by ${author}. ` +
    `Nothing was changed; look at what stands there, and name that version (--over ${newest}) to decide all the same`;
  const details = { run: state.run, conflict: id, path, version: newest, author };
  return new TuttiError('place_changed', message, { details }).toData();
}

const unknown = ({ run }: ContextState, id: string): ErrorData =>
  new TuttiError('unknown_conflict', `The context of run ${run} has no conflict "${id}"`, {
    details: { run, conflict: id },
  }).toData();

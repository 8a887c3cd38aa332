/** The decision on one commit: once per step and generation, by the present owner, within the limits, merged. */
import { jsonBytes } from '@tutti/cache';
import { type Conflict, type ErrorData, type MessageOf, TuttiError } from '@tutti/contracts';
import { type Decision, overLimit, refuse } from './decision.ts';
import { commitsSince, lastToTouch, remember, undoOf, versionOf, withCommit } from './history.ts';
import type { Clash } from './merge.ts';
import { checkWriter } from './ownership.ts';
import { forbiddenKey, keysOf } from './path.ts';
import { viewOf } from './read.ts';
import { type Rebased, rebase } from './rebase.ts';
import { type Commit, type ContextState, committedAt, headOf, type Revision } from './state.ts';
import { valueAt } from './tree.ts';

type CommitMessage = MessageOf<'context.commit'>;

export function commit(state: ContextState, message: CommitMessage): Decision {
  if (message.ownerEpoch < state.ownerEpoch) return refuse(state, staleOwner(state, message.ownerEpoch));
  const seen = message.ownerEpoch === state.ownerEpoch ? state : { ...state, ownerEpoch: message.ownerEpoch };
  const lost = truncated(state, message.known);
  if (lost !== undefined) return refuse(seen, lost);
  const earlier = versionOf(state, message);
  if (earlier > 0) return answer(seen, earlier, true, message.reads);
  const error = checkCommit(seen, message);
  if (error !== undefined) return refuse(seen, error);
  const rebased = rebase(seen, message.base, message.writes);
  if ('misfit' in rebased) return refuse(seen, misfit(message, rebased.misfit.path));
  const next = advance(seen, message, rebased);
  const limit = checkLimits(next);
  return limit === undefined ? answer(next, headOf(next), false, message.reads) : refuse(seen, limit);
}

export const staleOwner = (state: ContextState, epoch: number): ErrorData =>
  new TuttiError(
    'stale_epoch',
    `Run ${state.run} has an owner of epoch ${state.ownerEpoch}; epoch ${epoch} was replaced and must stop`,
    { details: { run: state.run, epoch, newest: state.ownerEpoch } },
  ).toData();

/** What is wrong when the run knows of a version that is not here: a broker has lost it, and nobody may write over that. */
export function truncated(state: ContextState, known = 0): ErrorData | undefined {
  const newest = headOf(state);
  if (known <= newest) return undefined;
  const message = `The context of run ${state.run} ends with version ${newest}; ${known} had been acknowledged`;
  return new TuttiError('context_truncated', message, { details: { run: state.run, known, newest } }).toData();
}

function answer(next: ContextState, version: number, duplicate: boolean, reads: readonly string[] = []): Decision {
  const committed = committedAt(next, version, duplicate);
  if (committed === undefined) throw new Error(`Version ${version} of run ${next.run} has no commit`);
  const view = viewOf(next, reads);
  return { next, reply: { type: 'context.committed', ...committed, ...(view === undefined ? {} : { view }) } };
}

function checkCommit(state: ContextState, message: CommitMessage): ErrorData | undefined {
  const { maxCommits } = state.limits;
  if (message.base > headOf(state)) return unknownBase(state, message);
  if (headOf(state) >= maxCommits) return overLimit(state, 'overloaded', 'maxCommits', maxCommits, headOf(state) + 1);
  for (const { path } of message.writes) {
    const keys = keysOf(path);
    const reserved = forbiddenKey(keys);
    const error =
      reserved === undefined
        ? checkWriter(state.owners, message.author, path, keys[0])
        : badWrite(message, path, `"${reserved}" is a reserved word`);
    if (error !== undefined) return error;
  }
  return undefined;
}

const unknownBase = (state: ContextState, { step, base }: CommitMessage): ErrorData =>
  new TuttiError(
    'version_gone',
    `Step ${step} wrote on version ${base} of the context of run ${state.run}, whose newest is ${headOf(state)}`,
    { details: { run: state.run, step, asked: base, newest: headOf(state) } },
  ).toData();

const misfit = (message: CommitMessage, path: string): ErrorData =>
  badWrite(message, path, `version ${message.base} has no place for it: a plain value or a list stands in its way`);

const badWrite = ({ run, step, author }: CommitMessage, path: string, why: string): ErrorData =>
  new TuttiError(
    'bad_agent_output',
    `Step ${step} (agent ${author}) of run ${run} may not write ${path}: ${why}. Nothing of the commit was written`,
    { details: { run, step, author, path } },
  ).toData();

function advance(state: ContextState, message: CommitMessage, rebased: Rebased): ContextState {
  const version = headOf(state) + 1;
  const revision = undoOf(state.tree, rebased.replaced);
  const conflicts = rebased.clashes.map((clash, i) => record(state, message, clash, `${version}-${i + 1}`, version));
  const grown = growth(revision, rebased) + conflicts.reduce((sum, conflict) => sum + jsonBytes(conflict as never), 0);
  return {
    ...state,
    ...remember(state, revision),
    tree: rebased.tree,
    bytes: state.bytes + grown,
    commits: withCommit(state.commits, entry(message, rebased)),
    conflicts: conflicts.length === 0 ? state.conflicts : [...state.conflicts, ...conflicts],
  };
}

/** Bytes that the tree gained or lost. */
function growth(revision: Revision, { tree }: Rebased): number {
  return revision.undo.reduce((sum, { path }) => sum + jsonBytes(valueAt(tree, keysOf(path))), -revision.bytes);
}

function entry({ step, generation, epoch, author }: CommitMessage, { paths, changed }: Rebased): Commit {
  const base = { step, generation, epoch, author, paths };
  const isSame = paths.length === changed.length && paths.every((path, i) => path === changed[i]);
  return isSame ? base : { ...base, changed };
}

/** Author of what the run was opened with. */
const OPENER = 'workflow';

function record(
  state: ContextState,
  { author, base }: CommitMessage,
  clash: Clash,
  id: string,
  version: number,
): Conflict {
  const first = lastToTouch(commitsSince(state, base), clash.path)?.author ?? OPENER;
  return {
    id,
    path: clash.path,
    version,
    kept: { author: first, ...(clash.theirs === undefined ? {} : { value: clash.theirs }) },
    refused: { author, ...(clash.ours === undefined ? {} : { value: clash.ours }) },
    ...(clash.base === undefined ? {} : { base: clash.base }),
  };
}

export function checkLimits(next: ContextState): ErrorData | undefined {
  const { maxBytes, maxConflicts } = next.limits;
  if (next.bytes > maxBytes) return overLimit(next, 'body_too_large', 'maxBytes', maxBytes, next.bytes);
  const conflicts = next.conflicts.length;
  return conflicts > maxConflicts ? overLimit(next, 'overloaded', 'maxConflicts', maxConflicts, conflicts) : undefined;
}

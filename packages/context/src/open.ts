/** Opening a context: the first time it is made, every later time it says what it holds. */
import { jsonBytes } from '@tutti/cache';
import { type Committed, type ErrorData, FORBIDDEN_KEYS, type MessageOf, TuttiError } from '@tutti/contracts';
import { staleOwner, truncated } from './commit.ts';
import { type Decision, overLimit, refuse } from './decision.ts';
import { compileOwnership, isOwners } from './ownership.ts';
import { type ContextState, committedAt, headOf } from './state.ts';

type OpenMessage = MessageOf<'context.open'>;

/** What forbids a context to be made from this message, or undefined. */
export function checkOpen(state: ContextState, { ownership, initial, known }: OpenMessage): ErrorData | undefined {
  const lost = truncated(state, known);
  if (lost !== undefined) return lost;
  const owners = compileOwnership(ownership);
  if (!isOwners(owners)) return owners.error;
  const reserved = Object.keys(initial).find((key) => FORBIDDEN_KEYS.has(key) || key === '');
  if (reserved !== undefined) {
    return new TuttiError('bad_message', `"${reserved}" cannot be a root of the context; choose another name`, {
      details: { run: state.run, root: reserved },
    }).toData();
  }
  const bytes = jsonBytes(initial);
  const { maxBytes } = state.limits;
  return bytes > maxBytes ? overLimit(state, 'body_too_large', 'maxBytes', maxBytes, bytes) : undefined;
}

/** Makes the context: version 0 holds what the run was given. */
export function openFirst(state: ContextState, message: OpenMessage): Decision {
  const owners = compileOwnership(message.ownership);
  if (!isOwners(owners)) return refuse(state, owners.error);
  const error = checkOpen(state, message);
  if (error !== undefined) return refuse(state, error);
  const { ownerEpoch, initial } = message;
  return opened({ ...state, ownerEpoch, owners: owners.owners, tree: initial, bytes: jsonBytes(initial) });
}

/** The context is there: only the owner's epoch may be new. Ownership and first values stay as they were. */
export function openAgain(state: ContextState, { ownerEpoch, known }: OpenMessage): Decision {
  if (ownerEpoch < state.ownerEpoch) return refuse(state, staleOwner(state, ownerEpoch));
  const lost = truncated(state, known);
  if (lost !== undefined) return refuse(state, lost);
  return opened(ownerEpoch === state.ownerEpoch ? state : { ...state, ownerEpoch });
}

function opened(next: ContextState): Decision {
  const versions = next.commits.map((_, i) => committedAt(next, i + 1, true));
  const commits = versions.filter((committed): committed is Committed => committed !== undefined);
  return { next, reply: { type: 'context.opened', run: next.run, version: headOf(next), commits } };
}

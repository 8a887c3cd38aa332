/**
 * Who may write where (specification: `conflict_prevention`, `pre_allocate_context_ownership`). The first key of a path
 * is its root. A root belongs to the author it was given to, or to the author whose name it is when that author is
 * named in the ownership table; everything else is free, and clashes there become conflict records.
 */
import { type ErrorData, FORBIDDEN_KEYS, TuttiError } from '@tutti/contracts';
import type { ContextState } from './state.ts';

export type Owners = ContextState['owners'];
type Compiled = { readonly owners: Owners } | { readonly error: ErrorData };

export const isOwners = (compiled: Compiled): compiled is { readonly owners: Owners } => 'owners' in compiled;

/** Turns author → roots around. An error when two authors are given one root, or a name is not fit for a key. */
export function compileOwnership(ownership: { readonly [author: string]: readonly string[] }): Compiled {
  const owners: { [root: string]: string } = {};
  for (const [author, roots] of Object.entries(ownership)) {
    for (const root of roots) {
      const other = Object.hasOwn(owners, root) ? owners[root] : author;
      if (FORBIDDEN_KEYS.has(root) || FORBIDDEN_KEYS.has(author)) return { error: reserved(author, root) };
      if (other !== author) return { error: ownedTwice(root, [other ?? '', author]) };
      owners[root] = author;
    }
  }
  for (const author of Object.keys(ownership)) if (!Object.hasOwn(owners, author)) owners[author] = author;
  return { owners };
}

/** What forbids the author to write at a path, or undefined. */
export function checkWriter(
  owners: Owners,
  author: string,
  path: string,
  root: string | undefined,
): ErrorData | undefined {
  if (root === undefined) return checkWhole(owners, author);
  const owner = Object.hasOwn(owners, root) ? owners[root] : undefined;
  return owner === undefined || owner === author ? undefined : notAllowed(author, path, owner);
}

/** Writing the whole context writes every root of it. */
function checkWhole(owners: Owners, author: string): ErrorData | undefined {
  const other = Object.values(owners).find((owner) => owner !== author);
  return other === undefined ? undefined : notAllowed(author, '', other);
}

function notAllowed(author: string, path: string, owner: string): ErrorData {
  const place = path === '' ? 'the whole context' : path;
  const ways = `write below /${author}, let "${owner}" write it, or change \`ownership\` in the workflow`;
  const message = `"${author}" may not write ${place}: it belongs to "${owner}". Nothing of the commit was written; ${ways}`;
  return new TuttiError('not_allowed', message, { details: { author, path, owner, free: `/${author}` } }).toData();
}

const ownedTwice = (root: string, authors: readonly string[]): ErrorData =>
  new TuttiError('bad_message', `The context root "${root}" is given to ${authors.join(' and to ')}; give it to one`, {
    details: { root, authors },
  }).toData();

const reserved = (author: string, root: string): ErrorData =>
  new TuttiError('bad_message', `"${author}" or its context root "${root}" is a reserved word; choose another name`, {
    details: { author, root },
  }).toData();

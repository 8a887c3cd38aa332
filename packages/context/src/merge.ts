/**
 * Three-way merge of two values that grew from one (specification: `three_way_merge_with_validation`).
 *
 * Objects merge key by key. Lists are whole: two different changes of one list clash, because a place in a list means
 * nothing once the list has moved. Where both sides clash the first writer's value (`theirs`) stays and the clash is
 * reported with both sides; a merge never invents a value that neither side wrote.
 */
import type { WorkflowJson } from '@tutti/contracts';
import { isObject, type JsonObject, type Maybe, sameContent } from './content.ts';
import { childPath } from './path.ts';

/** One place, two values. `theirs` stays. */
export interface Clash {
  readonly path: string;
  readonly base: Maybe;
  readonly ours: Maybe;
  readonly theirs: Maybe;
}

export interface Merged {
  /** The very object given as `theirs` when nothing of ours was new. */
  readonly value: Maybe;
  readonly clashes: readonly Clash[];
  /** Paths at which something of ours was taken. */
  readonly taken: readonly string[];
}

/** Depth of a merge; contents are bounded far below by their contract, what is deeper is compared as a whole. */
const MERGE_DEPTH = 128;

export function merge(path: string, base: Maybe, ours: Maybe, theirs: Maybe): Merged {
  const clashes: Clash[] = [];
  const taken: string[] = [];
  const value = mergeInto({ clashes, taken }, path, base, ours, theirs, 0);
  return { value, clashes, taken };
}

/** The merge when nobody knows any more what both sides grew from: the same content, or a clash. */
export function mergeBlind(path: string, ours: Maybe, theirs: Maybe): Merged {
  const same = sameContent(ours, theirs);
  return { value: theirs, clashes: same ? [] : [{ path, base: undefined, ours, theirs }], taken: [] };
}

interface Report {
  readonly clashes: Clash[];
  readonly taken: string[];
}

function mergeInto(to: Report, path: string, base: Maybe, ours: Maybe, theirs: Maybe, depth: number): Maybe {
  if (sameContent(ours, base) || sameContent(ours, theirs)) return theirs;
  if (sameContent(theirs, base)) {
    to.taken.push(path);
    return ours;
  }
  if (isObject(ours) && isObject(theirs) && canDescend(path, base, ours, theirs, depth)) {
    return mergeKeys(to, path, isObject(base) ? base : {}, ours, theirs, depth);
  }
  to.clashes.push({ path, base, ours, theirs });
  return theirs;
}

/**
 * Objects are merged inside when both grew from one object. When both are new they are one object only by name: they
 * are put together if they share no key, else nobody can say that they mean the same thing.
 */
function canDescend(path: string, base: Maybe, ours: JsonObject, theirs: JsonObject, depth: number): boolean {
  if (depth >= MERGE_DEPTH) return false;
  const keys = Object.keys(ours);
  if (base === undefined && keys.some((key) => Object.hasOwn(theirs, key))) return false;
  if (base !== undefined && !isObject(base)) return false;
  const named = (key: string): boolean => childPath(path, key) !== undefined;
  return keys.every(named) && Object.keys(theirs).every(named);
}

function mergeKeys(
  to: Report,
  path: string,
  base: JsonObject,
  ours: JsonObject,
  theirs: JsonObject,
  depth: number,
): JsonObject {
  const takenBefore = to.taken.length;
  const out: { [key: string]: WorkflowJson } = { ...theirs };
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const place = childPath(path, key) ?? path;
    const value = mergeInto(to, place, own(base, key), own(ours, key), own(theirs, key), depth + 1);
    if (value === undefined) delete out[key];
    else out[key] = value;
  }
  return to.taken.length === takenBefore ? theirs : out;
}

const own = (object: JsonObject, key: string): Maybe => (Object.hasOwn(object, key) ? object[key] : undefined);

/**
 * The tree of a context and its versions. A tree is never changed: a draft copies what it touches, once, and shares the
 * rest, so a version costs what changed in it and an old one stays as it was.
 */
import type { WorkflowJson } from '@tutti/contracts';
import { isObject, type JsonObject, type Maybe } from './content.ts';
import type { Keys } from './path.ts';

/** What stands at a path; undefined when nothing does. */
export function valueAt(tree: JsonObject, keys: Keys): Maybe {
  let at: Maybe = tree;
  for (const key of keys) {
    at = childOf(at, key);
    if (at === undefined) return undefined;
  }
  return at;
}

function childOf(value: Maybe, key: string): Maybe {
  if (Array.isArray(value)) return value[indexOf(value, key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const INDEX = /^(0|[1-9][0-9]{0,9})$/;

/** Position of a key in a list: an index without leading zeros, or `-` for the place after the last; -1 for no place. */
const indexOf = (list: readonly WorkflowJson[], key: string): number =>
  key === '-' ? list.length : INDEX.test(key) ? Number(key) : -1;

/**
 * Keys to the smallest part that a write below `keys` changes as a whole. A list is such a part: an index means
 * something only together with the length, so two changes of one list are never independent.
 */
export function unitOf(tree: JsonObject, keys: Keys): Keys {
  let at: Maybe = tree;
  for (const [i, key] of keys.entries()) {
    if (Array.isArray(at)) return keys.slice(0, i);
    at = childOf(at, key);
  }
  return keys;
}

/**
 * Keys to where two histories of one base can be compared: all of them, or the way to the first thing that is not an object
 * in the newer tree, or was something else in their base. A key below it does not mean the same in both: `-` is the
 * end of a list and a key of an object.
 */
export function meetingPoint(tree: JsonObject, was: JsonObject | undefined, keys: Keys): Keys {
  let at: Maybe = tree;
  let before: Maybe = was;
  for (const [i, key] of keys.entries()) {
    if (!isObject(at) || (before !== undefined && !isObject(before))) return keys.slice(0, i);
    at = childOf(at, key);
    before = childOf(before, key);
  }
  return keys;
}

/** Keys to the highest thing that is missing on the way, or all of them: what has to go to undo a write. */
export function undoPoint(tree: JsonObject, keys: Keys): Keys {
  let at: Maybe = tree;
  for (const [i, key] of keys.entries()) {
    at = childOf(at, key);
    if (at === undefined) return keys.slice(0, i + 1);
  }
  return keys;
}

type Node = { [key: string]: WorkflowJson } | WorkflowJson[];

/** What a draft does when something that has no children stands in the way. */
export type InTheWay = 'refuse' | 'replace';

export interface TreeDraft {
  /**
   * Sets a value, or removes what stands there when it is undefined. False when the path cannot be: a plain value stands
   * on the way, a list has no such place, or the whole would not be an object. Changes nothing then.
   */
  put(keys: Keys, value: Maybe, inTheWay?: InTheWay): boolean;
  tree(): JsonObject;
}

export function draftOf(tree: JsonObject): TreeDraft {
  let root = tree;
  const copies = new Set<unknown>();
  const own = (node: JsonObject | readonly WorkflowJson[]): Node => {
    if (copies.has(node)) return node as Node;
    const copy = Array.isArray(node) ? [...node] : { ...node };
    copies.add(copy);
    return copy as Node;
  };
  const parentOf = (keys: Keys): Node => {
    let node = own(root);
    root = node as JsonObject;
    for (const [i, key] of keys.slice(0, -1).entries()) {
      const child = childOf(node as Maybe, key);
      const next = own(hasPlaceFor(child, keys[i + 1] ?? '') ? child : namedItems(child));
      put(node, key, next as WorkflowJson);
      node = next;
    }
    return node;
  };
  const replaceRoot = (value: Maybe): boolean => {
    if (value !== undefined && !isObject(value)) return false;
    root = value ?? {};
    return true;
  };
  return {
    put(keys, value, inTheWay = 'refuse') {
      const last = keys.at(-1);
      if (last === undefined) return replaceRoot(value);
      if (inTheWay === 'refuse' && !fits(root, keys, value)) return false;
      if (value !== undefined || valueAt(root, keys) !== undefined) put(parentOf(keys), last, value);
      return true;
    },
    tree: () => root,
  };
}

/** Whether a value can have a child of this name, or a new one. */
function hasPlaceFor(value: Maybe, key: string): value is JsonObject | readonly WorkflowJson[] {
  if (!Array.isArray(value)) return isObject(value);
  const index = indexOf(value, key);
  return index >= 0 && index <= value.length;
}

/** What has no place for a child, as something that has: the items of a list keep their places as names. */
const namedItems = (value: Maybe): JsonObject => (Array.isArray(value) ? Object.fromEntries(value.entries()) : {});

function put(node: Node, key: string, value: Maybe): void {
  if (Array.isArray(node)) {
    const index = indexOf(node, key);
    if (value === undefined) node.splice(index, 1);
    else node[index] = value;
  } else if (value === undefined) delete node[key];
  else node[key] = value;
}

/** Whether every step of the way is an object, missing, or a place of a list. */
function fits(tree: JsonObject, keys: Keys, value: Maybe): boolean {
  let at: Maybe = tree;
  for (const [i, key] of keys.entries()) {
    if (at === undefined) return true;
    if (!hasPlaceFor(at, key)) return false;
    const child = childOf(at, key);
    // One past the end of a list is a place for a new last item and for nothing else.
    if (child === undefined && Array.isArray(at)) return i === keys.length - 1 && value !== undefined;
    at = child;
  }
  return true;
}

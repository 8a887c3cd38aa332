import type { WorkflowJson } from '@tutti/contracts';

export type JsonObject = { readonly [key: string]: WorkflowJson };
/** A value of the context, or nothing. */
export type Maybe = WorkflowJson | undefined;

export const isObject = (value: Maybe): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether two contents are the same (specification: `content_hash_comparison`). Compared value by value and not by a
 * hash: the verdict is the same, both sides are at hand, and parts that two versions share are the same object.
 */
export function sameContent(a: Maybe, b: Maybe): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameContent(x, b[i]));
  return isObject(a) && isObject(b) && sameObject(a, b);
}

function sameObject(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameContent(a[key], b[key]));
}

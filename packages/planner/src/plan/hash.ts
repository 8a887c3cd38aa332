import { createHash } from 'node:crypto';
import type { WorkflowDefinition, WorkflowJson } from '@tutti/contracts';

/**
 * JSON with the keys of every object sorted: equal values give equal text, whatever order they were built in. A sorted copy
 * and the engine's own printer are faster than a replacer, and than printing by hand.
 */
export const canonicalJson = (value: WorkflowJson): string => JSON.stringify(sortedCopy(value, keySorter()));

type KeySorter = (keys: readonly string[]) => readonly string[];

function sortedCopy(value: WorkflowJson, sort: KeySorter): WorkflowJson {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => sortedCopy(item, sort));
  const copy: { [key: string]: WorkflowJson } = {};
  for (const key of sort(Object.keys(value))) {
    const item = value[key];
    if (item !== undefined) copy[key] = sortedCopy(item, sort);
  }
  return copy;
}

/** Orders remembered for each number of keys; objects with more different ones than that are sorted each time. */
const REMEMBERED = 8;

/** Sorts keys. The steps of one workflow have the same keys in the same order, so an order that was seen is not sorted again. */
function keySorter(): KeySorter {
  const seen = new Map<number, { readonly keys: readonly string[]; readonly sorted: readonly string[] }[]>();
  return (keys) => {
    const known = seen.get(keys.length) ?? [];
    const match = known.find((order) => order.keys.every((key, at) => key === keys[at]));
    if (match !== undefined) return match.sorted;
    const sorted = keys.toSorted();
    if (known.length < REMEMBERED) seen.set(keys.length, [...known, { keys, sorted }]);
    return sorted;
  };
}

const isList = (value: WorkflowJson): value is readonly WorkflowJson[] => Array.isArray(value);

/** SHA-256 over the canonical JSON, in hex: two definitions with one hash are one workflow. */
export const definitionHash = (definition: WorkflowDefinition): string =>
  createHash('sha256')
    .update(canonicalJson(definition as unknown as WorkflowJson))
    .digest('hex');

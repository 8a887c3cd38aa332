import { createHash } from 'node:crypto';
import type { WorkflowDefinition, WorkflowJson } from '@tutti/contracts';

/**
 * JSON with the keys of every object sorted: equal values give equal text, whatever order they were built in. A sorted copy
 * and the engine's own printer are faster than a replacer, and than printing by hand.
 */
export const canonicalJson = (value: WorkflowJson): string => JSON.stringify(sortedCopy(value));

function sortedCopy(value: WorkflowJson): WorkflowJson {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(sortedCopy);
  const copy: { [key: string]: WorkflowJson } = {};
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item !== undefined) copy[key] = sortedCopy(item);
  }
  return copy;
}

const isList = (value: WorkflowJson): value is readonly WorkflowJson[] => Array.isArray(value);

/** SHA-256 over the canonical JSON, in hex: two definitions with one hash are one workflow. */
export const definitionHash = (definition: WorkflowDefinition): string =>
  createHash('sha256')
    .update(canonicalJson(definition as unknown as WorkflowJson))
    .digest('hex');

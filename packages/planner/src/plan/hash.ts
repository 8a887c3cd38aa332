import { createHash } from 'node:crypto';
import type { WorkflowDefinition, WorkflowJson } from '@tutti/contracts';

/** JSON with the keys of every object sorted: equal values give equal text, whatever order they were built in. */
export function canonicalJson(value: WorkflowJson): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** SHA-256 over the canonical JSON, in hex: two definitions with one hash are one workflow. */
export const definitionHash = (definition: WorkflowDefinition): string =>
  createHash('sha256')
    .update(canonicalJson(definition as unknown as WorkflowJson))
    .digest('hex');

/** Keys by content: the same content has the same key in every process, however its objects were put together. */
import { createHash } from 'node:crypto';
import type { WorkflowJson } from '@tutti/contracts';

/** JSON text with the keys of every object in order. */
export function canonicalJson(value: WorkflowJson): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as { readonly [key: string]: WorkflowJson };
  const parts = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] ?? null)}`);
  return `{${parts.join(',')}}`;
}

/** SHA-256 of the canonical text, in hex. */
export function contentHash(value: WorkflowJson): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Specification: `key_strategy: content_hash_based`. The role is a part of it: two agents may be asked the same. */
export const agentOutputKey = (role: string, input: WorkflowJson): string => `${role}:${contentHash(input)}`;

/** Specification: `template_id_plus_variable_hash`. */
export const templateRenderKey = (templateId: string, variables: WorkflowJson): string =>
  `${templateId}:${contentHash(variables)}`;

/** Specification: `workflow_step_plus_content_hash`. */
export const contextSnapshotKey = (step: string, content: WorkflowJson): string => `${step}:${contentHash(content)}`;

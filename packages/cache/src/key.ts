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

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** SHA-256 of the canonical text, in hex. */
export const contentHash = (value: WorkflowJson): string => sha256(canonicalJson(value));

/** JSON text that tells apart whatever a program can tell apart: the order of keys counts, and -0 is not 0. */
export function exactJson(value: WorkflowJson): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  const parts = Object.entries(value as { readonly [key: string]: WorkflowJson | undefined })
    .filter((entry): entry is [string, WorkflowJson] => entry[1] !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${exactJson(member)}`);
  return `{${parts.join(',')}}`;
}

const exactHash = (value: WorkflowJson): string => sha256(exactJson(value));

/**
 * Specification: `key_strategy: content_hash_based`. The role is a part of it: two agents may be asked the same. So is the order of
 * keys: a prompt that is made of an object shows it.
 */
export const agentOutputKey = (role: string, asked: WorkflowJson): string => `${role}:${exactHash(asked)}`;

/** Specification: `template_id_plus_variable_hash`. The order of keys counts: a prompt that is made of an object shows it. */
export const templateRenderKey = (templateId: string, variables: WorkflowJson): string =>
  `${templateId}:${exactHash(variables)}`;

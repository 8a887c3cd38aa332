import { z } from 'zod';
import { WORKFLOW_LIMITS } from './limits.ts';

/** Plain JSON: what crosses the wire, stands in the context, and is hashed. */
export type WorkflowJson =
  | null
  | boolean
  | number
  | string
  | readonly WorkflowJson[]
  | { readonly [key: string]: WorkflowJson };

/** Keys that would reach an object's prototype; they are refused wherever a user chooses a key. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Names that every object answers to (`toString`, `valueOf` and their like). No id may be one of them: ids are looked up in
 * plain objects all over the house, by programs of other people too, and one forgotten check would find a function.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...FORBIDDEN_KEYS,
  ...Object.getOwnPropertyNames(Object.prototype),
]);

const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** An id that may stand in a subject token and as an object key. */
export const isWorkflowId = (value: string): boolean => ID_PATTERN.test(value) && !RESERVED_NAMES.has(value);

/** The id of a workflow, step, group or agent: 1–64 of letters, digits, `_` and `-`. */
export const workflowId = z
  .string()
  .regex(ID_PATTERN, 'must be 1–64 letters, digits, "_" or "-"')
  .refine((id) => !RESERVED_NAMES.has(id), 'is a reserved word');

/** True for JSON no deeper than the limit, with finite numbers and no forbidden key. Iterative: depth costs no stack. */
export function isWorkflowJson(value: unknown): value is WorkflowJson {
  const queue: [unknown, number][] = [[value, 0]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [item, depth] = next;
    if (depth > WORKFLOW_LIMITS.depth) return false;
    if (item === null || typeof item === 'boolean' || typeof item === 'string') continue;
    if (typeof item === 'number' && Number.isFinite(item)) continue;
    if (typeof item !== 'object') return false;
    for (const [key, child] of Object.entries(item)) {
      if (FORBIDDEN_KEYS.has(key)) return false;
      queue.push([child, depth + 1]);
    }
  }
  return true;
}

export const workflowJson = z.custom<WorkflowJson>(isWorkflowJson, 'must be plain JSON of bounded depth');

/** A JSON pointer into the context, such as `/pm/user_stories`; the empty string is the whole context. */
export const contextPath = z
  .string()
  .max(1024)
  .regex(/^(\/([^~/]|~[01])+)*$/, 'must be a JSON pointer such as "/pm/user_stories"')
  .refine((path) => !path.split('/').some((token) => FORBIDDEN_KEYS.has(token)), 'names a reserved word');

export const durationMs = z.number().int().min(0).max(WORKFLOW_LIMITS.durationMs);
export const workflowText = z.string().max(WORKFLOW_LIMITS.textChars);

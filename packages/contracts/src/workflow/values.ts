import { z } from 'zod';
import { compileQuickCheck } from '../quick-check.ts';
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

/** True for JSON no deeper than the limit, with finite numbers and no forbidden key. */
export const isWorkflowJson = (value: unknown): value is WorkflowJson => isJsonBelow(value, WORKFLOW_LIMITS.depth);

/** `levels`: how many more may follow; so depth costs no more stack than that. */
function isJsonBelow(value: unknown, levels: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return levels >= 0;
  if (typeof value === 'number') return Number.isFinite(value) && levels >= 0;
  if (typeof value !== 'object' || levels < 0) return false;
  if (Array.isArray(value)) return areJsonBelow(value, levels - 1);
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key) || !isJsonBelow((value as Record<string, unknown>)[key], levels - 1)) return false;
  }
  return true;
}

/** A hole is no JSON; neither is a member that an array has beside its items, which nobody would see. */
function areJsonBelow(items: readonly unknown[], levels: number): boolean {
  for (const item of items) if (!isJsonBelow(item, levels)) return false;
  return true;
}

export const workflowJson = z.custom<WorkflowJson>(isWorkflowJson, 'must be plain JSON of bounded depth');

const FORBIDDEN_WORD = new RegExp([...FORBIDDEN_KEYS].join('|'));

/** Only a path that has the letters of a forbidden word is looked at token by token. */
const namesForbidden = (path: string): boolean =>
  FORBIDDEN_WORD.test(path) && path.split('/').some((token) => FORBIDDEN_KEYS.has(token));

/** A JSON pointer into the context, such as `/pm/user_stories`; the empty string is the whole context. */
export const contextPath = z
  .string()
  .max(1024)
  .regex(/^(\/([^~/]|~[01])+)*$/, 'must be a JSON pointer such as "/pm/user_stories"')
  .refine((path) => !namesForbidden(path), 'names a reserved word');

/** Whether the schema takes it. */
export const isContextPath = compileQuickCheck(contextPath);

export const durationMs = z.number().int().min(0).max(WORKFLOW_LIMITS.durationMs);
export const workflowText = z.string().max(WORKFLOW_LIMITS.textChars);

/**
 * A quick yes for the hot path: whether a schema takes a value as it stands, without a copy and without a reason.
 *
 * `true` means that the schema would take the value and give it back equal. `false` says nothing: the schema itself has
 * to be asked, which also knows what is wrong. So a kind of schema that is not known here costs time, never safety.
 * Held by `quick-check.test.ts` against zod on every message of the table.
 */
import type { z } from 'zod';

export type QuickCheck = (value: unknown) => boolean;

type Def = Readonly<Record<string, unknown>> & { readonly type?: string; readonly checks?: readonly z.core.$ZodType[] };

const no: QuickCheck = () => false;
const defOf = (schema: unknown): Def => (schema as z.core.$ZodType)._zod.def as unknown as Def;

/** Compiles once; call the result often. */
export function compileQuickCheck(schema: z.core.$ZodType): QuickCheck {
  const def = defOf(schema);
  const kind = KINDS[def.type ?? ''];
  const base = kind?.(def);
  if (base === undefined) return no;
  const checks = [...(def.checks ?? []).map((check) => checkOf(defOf(check))), ...(def['check'] ? [checkOf(def)] : [])];
  if (checks.length === 0) return base;
  if (checks.includes(undefined)) return no;
  return all([base, ...(checks as QuickCheck[])]);
}

/** A loop, since a callback would be made anew for every value. */
const all =
  (checks: readonly QuickCheck[]): QuickCheck =>
  (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };

/** One refinement of a schema; undefined when it is of a kind that is not known here. */
function checkOf(def: Def): QuickCheck | undefined {
  const limit = def['value'] as number;
  switch (def['check']) {
    case 'min_length':
      return (v) => (v as string).length >= (def['minimum'] as number);
    case 'max_length':
      return (v) => (v as string).length <= (def['maximum'] as number);
    case 'greater_than':
      return def['inclusive'] === true ? (v) => (v as number) >= limit : (v) => (v as number) > limit;
    case 'less_than':
      return def['inclusive'] === true ? (v) => (v as number) <= limit : (v) => (v as number) < limit;
    case 'number_format':
      return def['format'] === 'safeint' ? Number.isSafeInteger : undefined;
    case 'string_format':
      return def['format'] === 'regex' ? matcher(def['pattern'] as RegExp) : undefined;
    case 'custom':
      return typeof def['fn'] === 'function' ? (def['fn'] as QuickCheck) : undefined;
    default:
      return undefined;
  }
}

/** A pattern with a memory of its own (`g`, `y`) would answer by what it saw before. */
const matcher = (pattern: RegExp): QuickCheck | undefined =>
  pattern.global || pattern.sticky ? undefined : (v) => pattern.test(v as string);

const KINDS: Readonly<Record<string, (def: Def) => QuickCheck | undefined>> = {
  unknown: () => () => true,
  custom: () => () => true,
  string: (def) => (def['format'] === undefined ? (v) => typeof v === 'string' : undefined),
  number: () => Number.isFinite,
  boolean: () => (v) => typeof v === 'boolean',
  null: () => (v) => v === null,
  literal: (def) => oneOf(def['values'] as readonly unknown[]),
  enum: (def) => oneOf(Object.values(def['entries'] as object)),
  optional: (def) => {
    const inner = compileQuickCheck(def['innerType'] as z.core.$ZodType);
    return (v) => v === undefined || inner(v);
  },
  nullable: (def) => {
    const inner = compileQuickCheck(def['innerType'] as z.core.$ZodType);
    return (v) => v === null || inner(v);
  },
  // What is absent gets a value only from the schema itself.
  default: (def) => {
    const inner = compileQuickCheck(def['innerType'] as z.core.$ZodType);
    return (v) => v !== undefined && inner(v);
  },
  array: (def) => {
    const each = compileQuickCheck(def['element'] as z.core.$ZodType);
    return (v) => Array.isArray(v) && v.every(each);
  },
  union: (def) => {
    const options = (def['options'] as z.core.$ZodType[]).map(compileQuickCheck);
    return def['discriminator'] === undefined ? undefined : (v) => options.some((option) => option(v));
  },
  record: recordCheck,
  object: objectCheck,
};

const oneOf = (values: readonly unknown[]): QuickCheck => {
  const known = new Set(values);
  return (v) => known.has(v);
};

const isPlain = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype;

function recordCheck(def: Def): QuickCheck {
  const key = compileQuickCheck(def['keyType'] as z.core.$ZodType);
  const each = compileQuickCheck(def['valueType'] as z.core.$ZodType);
  return (v) => {
    if (!isPlain(v)) return false;
    for (const name in v) if (name === '__proto__' || !key(name) || !each(v[name])) return false;
    return true;
  };
}

function objectCheck(def: Def): QuickCheck {
  const shape = def['shape'] as Readonly<Record<string, z.core.$ZodType>>;
  const keys = Object.keys(shape);
  const checks = keys.map((key) => compileQuickCheck(shape[key] as z.core.$ZodType));
  return (v) => {
    if (!isPlain(v)) return false;
    let known = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const value = v[key];
      if (!(checks[i] as QuickCheck)(value)) return false;
      if (value !== undefined || Object.hasOwn(v, key)) known += 1;
    }
    // What the schema does with an unknown key, drop, keep or refuse, is its own business.
    return countKeys(v) === known;
  };
}

function countKeys(value: object): number {
  let count = 0;
  for (const _ in value) count += 1;
  return count;
}

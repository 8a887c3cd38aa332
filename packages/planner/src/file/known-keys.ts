import type { z } from 'zod';

/**
 * The keys that a schema knows at a path: for "did you mean". Unions give the keys of all their branches, since which of
 * them was meant is just what a misspelt key leaves open.
 */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let level: z.core.$ZodType[] = [schema];
  for (const key of path) level = level.flatMap(unwrap).flatMap((part) => child(part, key));
  return [...new Set(level.flatMap(unwrap).flatMap((part) => Object.keys(shapeOf(part) ?? {})))];
}

interface Def {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def;
const shapeOf = (schema: z.core.$ZodType) => defOf(schema).shape;

/** Optional, nullable, transforms and unions away: what is left are the schemas a value can really have. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { innerType, in: source, options } = defOf(schema);
  if (innerType !== undefined) return unwrap(innerType);
  if (source !== undefined) return unwrap(source);
  return options === undefined ? [schema] : options.flatMap(unwrap);
}

function child(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const { shape, valueType, element } = defOf(schema);
  const found = shape?.[String(key)] ?? valueType ?? element;
  return found === undefined ? [] : [found];
}

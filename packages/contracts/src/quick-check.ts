/**
 * A quick yes for the hot path: whether a schema takes a value as it stands, without a copy and without a reason.
 *
 * `true` means that the schema would take the value and give it back equal. `false` says nothing: the schema itself has
 * to be asked, which also knows what is wrong. So a kind of schema that is not known here costs time, never safety. Values are
 * plain data, as they are decoded or written down: members that are hidden or named by symbols are not looked for.
 * Held by `quick-check.test.ts` against zod on every message of the table.
 *
 * A check is written as one piece of JavaScript and compiled (docs/adr/0006): a tree of small functions does the same work,
 * but lies all over the memory, and after a step's wait little of it is in the processor's caches any more.
 */
import type { z } from 'zod';

export type QuickCheck = (value: unknown) => boolean;

type Def = Readonly<Record<string, unknown>> & { readonly type?: string; readonly checks?: readonly z.core.$ZodType[] };

/** A condition on the variable that it was written for; undefined where nothing is known of the schema. */
type Condition = string | undefined;

const no: QuickCheck = () => false;
const NEVER = 'false';
const defOf = (schema: unknown): Def => (schema as z.core.$ZodType)._zod.def as unknown as Def;

/** Compiles once; call the result often. What cannot be compiled, or may not be in this process, is always the schema's. */
export function compileQuickCheck(schema: z.core.$ZodType): QuickCheck {
  try {
    const source = new Source();
    return source.compiled(source.conditionOf(schema, 'v'));
  } catch {
    return no;
  }
}

/** The text of one check. What comes from a schema is in it as JSON, or as the name of a constant, and never as it is. */
class Source {
  readonly #functions: string[] = [];
  readonly #constants = new Map<unknown, string>();

  conditionOf(schema: z.core.$ZodType, v: string): string {
    const def = defOf(schema);
    const base = KINDS[def.type ?? '']?.(def, v, this);
    const checks = (def.checks ?? []).map((check) => this.#checkOf(defOf(check), v));
    if (def['check'] !== undefined) checks.push(this.#checkOf(def, v));
    const all = [base, ...checks];
    return all.includes(undefined) ? NEVER : `(${all.join(' && ')})`;
  }

  /** The call of a function of its own. Its parameter is `v`, and `x` and `key` are free in its body. */
  call(body: string, v: string): string {
    const name = `f${this.#functions.length}`;
    this.#functions.push(`function ${name}(v) { ${body} }`);
    return `${name}(${v})`;
  }

  constant(value: unknown): string {
    const name = this.#constants.get(value) ?? `c${this.#constants.size}`;
    this.#constants.set(value, name);
    return name;
  }

  compiled(condition: string): QuickCheck {
    const text = `'use strict'; ${this.#functions.join('\n')}\nreturn (v) => ${condition};`;
    const make = new Function(...this.#constants.values(), text) as (...constants: unknown[]) => QuickCheck;
    return make(...this.#constants.keys());
  }

  /** One refinement of a schema. */
  #checkOf(def: Def, v: string): Condition {
    const atLeast = `${v}.length >= ${Number(def['minimum'])}`;
    switch (def['check']) {
      case 'min_length':
        // The schema counts characters of text, which may be two units each.
        return Number(def['minimum']) > 1 ? `(Array.isArray(${v}) && ${atLeast})` : atLeast;
      case 'max_length':
        return `${v}.length <= ${Number(def['maximum'])}`;
      case 'greater_than':
        return `${v} ${def['inclusive'] === true ? '>=' : '>'} ${Number(def['value'])}`;
      case 'less_than':
        return `${v} ${def['inclusive'] === true ? '<=' : '<'} ${Number(def['value'])}`;
      case 'number_format':
        return def['format'] === 'safeint' ? `Number.isSafeInteger(${v})` : undefined;
      case 'string_format':
        return def['format'] === 'regex' ? this.#matches(def['pattern'] as RegExp, v) : undefined;
      case 'custom':
        return typeof def['fn'] === 'function' ? `${this.constant(def['fn'])}(${v})` : undefined;
      default:
        return undefined;
    }
  }

  /** A pattern with a memory of its own (`g`, `y`) would answer by what it saw before. */
  #matches(pattern: RegExp, v: string): Condition {
    return pattern.global || pattern.sticky ? undefined : `${this.constant(pattern)}.test(${v})`;
  }
}

const innerOf = (def: Def, v: string, source: Source): string =>
  source.conditionOf(def['innerType'] as z.core.$ZodType, v);

const KINDS: Readonly<Record<string, (def: Def, v: string, source: Source) => Condition>> = {
  unknown: () => 'true',
  custom: () => 'true',
  string: (def, v) => (def['format'] === undefined ? `typeof ${v} === 'string'` : undefined),
  number: (_, v) => `Number.isFinite(${v})`,
  boolean: (_, v) => `typeof ${v} === 'boolean'`,
  null: (_, v) => `${v} === null`,
  literal: (def, v, source) => oneOf(def['values'] as readonly unknown[], v, source),
  enum: (def, v, source) => {
    const values: readonly unknown[] = Object.values(def['entries'] as object);
    // Of numbers an enumeration of TypeScript has the names among its values too.
    return values.every((value) => typeof value === 'string') ? oneOf(values, v, source) : undefined;
  },
  // What is absent may get a value from the schema itself.
  optional: (def, v, source) =>
    defOf(def['innerType']).type === 'default' ? undefined : `(${v} === undefined || ${innerOf(def, v, source)})`,
  nullable: (def, v, source) => `(${v} === null || ${innerOf(def, v, source)})`,
  // What is absent gets a value only from the schema itself.
  default: (def, v, source) => `(${v} !== undefined && ${innerOf(def, v, source)})`,
  union: (def, v, source) =>
    def['discriminator'] === undefined
      ? undefined
      : `(${(def['options'] as z.core.$ZodType[]).map((option) => source.conditionOf(option, v)).join(' || ')})`,
  array: (def, v, source) =>
    source.call(
      `if (!Array.isArray(v)) return false;
       for (const x of v) if (!${source.conditionOf(def['element'] as z.core.$ZodType, 'x')}) return false;
       return true;`,
      v,
    ),
  // Of a record of certain keys each has to be there.
  record: (def, v, source) => {
    if (defOf(def['keyType']).type !== 'string') return undefined;
    return source.call(
      `if (!${IS_PLAIN}) return false;
       for (const key in v) {
         const x = v[key];
         if (key === '__proto__' || !${source.conditionOf(def['keyType'] as z.core.$ZodType, 'key')}) return false;
         if (!${source.conditionOf(def['valueType'] as z.core.$ZodType, 'x')}) return false;
       }
       return true;`,
      v,
    );
  },
  object: objectCondition,
};

const IS_PLAIN = `(typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype)`;

function oneOf(values: readonly unknown[], v: string, source: Source): string {
  if (values.length === 0) return NEVER;
  const isText = values.every((value) => typeof value === 'string');
  if (!isText) return `${source.constant(new Set(values))}.has(${v})`;
  return `(${values.map((value) => `${v} === ${JSON.stringify(value)}`).join(' || ')})`;
}

/** What the schema does with an unknown key, drop, keep or refuse, is its own business. */
function objectCondition(def: Def, v: string, source: Source): Condition {
  const shape = Object.entries(def['shape'] as Readonly<Record<string, z.core.$ZodType>>);
  if (shape.some(([key]) => key in Object.prototype)) return undefined;
  const members = shape.map(([key, schema]) => {
    const name = JSON.stringify(key);
    const isOptional = defOf(schema).type === 'optional';
    const counts = isOptional ? `if (x !== undefined || Object.hasOwn(v, ${name})) known += 1;` : 'known += 1;';
    return `x = v[${name}];
      if (!(${isOptional ? '' : 'x !== undefined && '}${source.conditionOf(schema, 'x')})) return false;
      ${counts}`;
  });
  const body = `if (!${IS_PLAIN}) return false;
    let x, known = 0;
    ${members.join('\n')}
    for (const _ in v) known -= 1;
    return known === 0;`;
  return source.call(body, v);
}

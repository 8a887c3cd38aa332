import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { MESSAGES, type MessageType } from './messages/index.ts';
import { compileQuickCheck } from './quick-check.ts';

const TYPES = Object.keys(MESSAGES) as MessageType[];
/** Words that the contracts use, and ones that they must not take. */
const word = fc.constantFrom(
  'set',
  'delete',
  'r1',
  'a.b',
  '',
  '/pm/doc',
  'no pointer',
  '__proto__',
  'recorded',
  'x'.repeat(300),
);
const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constantFrom(null, undefined, Number.NaN));
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** A value that has the keys of an object schema, each with something plausible or wrong. */
function nearly(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const def = (schema as unknown as { _zod: { def: Record<string, unknown> } })._zod.def;
  const inner = (key: string) => nearly(def[key] as z.core.$ZodType);
  const likely = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: leaf });
  if (def['type'] === 'object') {
    const shape = def['shape'] as Record<string, z.core.$ZodType>;
    const fields = Object.fromEntries(Object.entries(shape).map(([k, s]) => [k, nearly(s)]));
    return likely(fc.record(fields, { noNullPrototype: true }));
  }
  if (def['type'] === 'array') return likely(fc.array(inner('element'), { maxLength: 2 }));
  if (def['type'] === 'record')
    return likely(
      fc.dictionary(fc.constantFrom('pm', 'ux'), inner('valueType'), { maxKeys: 2, noNullPrototype: true }),
    );
  if (def['type'] === 'optional') return fc.option(inner('innerType'), { nil: undefined });
  if (def['type'] === 'default') return inner('innerType');
  if (def['type'] === 'union') return fc.oneof(...(def['options'] as z.core.$ZodType[]).map(nearly));
  if (def['type'] === 'literal') return likely(fc.constantFrom(...(def['values'] as unknown[])));
  if (def['type'] === 'enum') return likely(fc.constantFrom(...Object.values(def['entries'] as object)));
  if (def['type'] === 'number') return likely(fc.nat(1000));
  if (def['type'] === 'boolean') return likely(fc.boolean());
  if (def['type'] === 'string') return likely(fc.constantFrom('r1', '/pm/doc'));
  return anything;
}

describe('a quick check', () => {
  it.each(TYPES)('of %s says yes only to what the schema gives back as it stands', (type) => {
    const { body } = MESSAGES[type];
    const quick = compileQuickCheck(body);
    fc.assert(
      fc.property(fc.oneof(nearly(body), anything), (value) => {
        if (!quick(value)) return;
        const parsed = body.safeParse(value);
        expect(parsed.success).toBe(true);
        expect(parsed.data).toEqual(value);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it.each(['attempt.run', 'attempt.outcome', 'attempt.recorded', 'context.commit', 'resource.acquire'] as const)(
    'of %s, which every step needs, says yes to most of what is right',
    (type) => {
      const { body } = MESSAGES[type];
      const quick = compileQuickCheck(body);
      const samples = fc.sample(nearly(body), { numRuns: 4_000, seed: 7 }).filter((v) => body.safeParse(v).success);
      expect(samples.length).toBeGreaterThan(5);
      expect(samples.filter(quick).length).toBeGreaterThan(samples.length / 2);
    },
  );

  it('leaves to the schema what it does not know, what has to be filled in and what has to be dropped', () => {
    const says = (schema: z.ZodType, value: unknown) => compileQuickCheck(schema)(value);
    expect(says(z.string().transform(Number), '1')).toBe(false);
    expect(says(z.email(), 'a@b.de')).toBe(false);
    expect(says(z.string().regex(/a/g), 'a')).toBe(false);
    expect(says(z.object({ a: z.number().default(0) }), {})).toBe(false);
    expect(says(z.object({ a: z.number() }), { a: 1, b: 2 })).toBe(false);
    expect(says(z.looseObject({ a: z.number() }), { a: 1, b: 2 })).toBe(false);
  });

  it.each([
    ['a member that must be there', z.object({ a: z.unknown() }), {}],
    ['text that is shorter in characters than in units', z.string().min(2), '😀'],
    ['a key that must be there', z.record(z.enum(['a', 'b']), z.number()), { a: 1 }],
    ['a value that is filled in', z.object({ a: z.number().default(3).optional() }), {}],
    ['the name of a number', z.enum({ A: 0, 0: 'A' }), 'A'],
    ['an inherited member and an unknown one', z.object({ constructor: z.unknown() }), { b: 1 }],
    ['one of nothing', z.enum([]), 'a'],
  ])('leaves %s to the schema', (_, schema: z.ZodType, value) => {
    expect(compileQuickCheck(schema)(value)).toBe(false);
  });

  it('takes what a schema says for data, whatever is written in it', () => {
    const name = "'; throw new Error('run'); //\u2028";
    const schema = z.object({ [name]: z.literal(name), [`"${name}`]: z.enum([`\`${name}`, '$1']) });
    const quick = compileQuickCheck(schema);
    expect(quick({ [name]: name, [`"${name}`]: '$1' })).toBe(true);
    expect(quick({ [name]: name, [`"${name}`]: '1' })).toBe(false);
  });

  it('leaves everything to the schema where the process may not compile text', () => {
    const refuses = function refuses(): never {
      throw new EvalError('Code generation from strings disallowed for this context');
    };
    vi.stubGlobal('Function', refuses);
    try {
      expect(compileQuickCheck(z.string())('text')).toBe(false);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

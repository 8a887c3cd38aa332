import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainJson } from './plain-json.ts';

const cycle: Record<string, unknown> = { a: {} };
(cycle['a'] as Record<string, unknown>)['back'] = cycle;
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe('plain JSON', () => {
  it('is taken as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
        fc.pre(!JSON.stringify(value).match(/__proto__|constructor|prototype/));
        expect(JSON.stringify(plainJson(value, 'result'))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('loses undefined members of objects and nothing else', () => {
    expect(plainJson({ a: undefined, b: null }, 'result')).toEqual({ b: null });
  });

  it('may come from an object without a prototype', () => {
    expect(plainJson(Object.assign(Object.create(null), { a: 1 }), 'result')).toEqual({ a: 1 });
  });

  it.each<[string, unknown, string]>([
    ['a function', { a: () => 1 }, 'result.a is a function'],
    ['a BigInt', { a: [1n] }, 'result.a[0] is a bigint'],
    ['NaN', [Number.NaN], 'result[0] is NaN'],
    ['a Date', { a: new Date() }, 'result.a is a Date'],
    ['a Map', { a: new Map() }, 'result.a is a Map'],
    ['a Buffer', { a: Buffer.from('x') }, 'result.a is a Buffer'],
    ['undefined in an array', [1, undefined], 'result[1] is undefined'],
    ['a hole in an array', new Array(2), 'result[0] is undefined'],
    ['a cycle', cycle, 'result.a.back contains itself'],
    ['a reserved key', JSON.parse('{"a":{"__proto__":1}}'), 'result.a.__proto__ has a reserved key'],
    ['too deep a nesting', nested(65), 'nested deeper than 64 levels'],
    ['a huge sparse array', new Array(2 ** 30), 'is larger than 16777216 characters'],
    ['too much text', ['x'.repeat(17 * 1024 * 1024)], 'is larger than 16777216 characters'],
  ])('is not %s, and the refusal names the place', (_, value, message) => {
    expect(() => plainJson(value, 'result')).toThrow(expect.objectContaining({ code: 'bad_agent_output' }));
    expect(() => plainJson(value, 'result')).toThrow(message);
  });

  it('may hold one object in two places', () => {
    const shared = { x: 1 };
    expect(plainJson({ a: shared, b: shared }, 'result')).toEqual({ a: { x: 1 }, b: { x: 1 } });
  });
});

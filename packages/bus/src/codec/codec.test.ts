import { createHash } from 'node:crypto';
import { TuttiError } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from './codec.ts';
import { CONTENT_TYPES } from './content-types.ts';
import { decodeJson, encodeJson } from './json.ts';
import { COMPRESSION_THRESHOLD_BYTES } from './limits.ts';

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const roundTrip = (value: unknown) => {
  const { data, contentType } = encode(value);
  return decode(data, contentType);
};
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof TuttiError ? error.code : error;
  }
  return 'nothing thrown';
};

describe('the wire form', () => {
  it('has golden bytes: any change here breaks running clusters', () => {
    const value = { v: 1, type: 'step.run', from: 'wf.7.r1', body: { list: [1, -1, 300, 1.5], ok: true, none: null } };
    expect(hex(encode(value).data)).toBe(
      '84a17601a474797065a8737465702e72756ea466726f6da777662e372e7231a4626f647983a46c6973749401ffcd012ccb3ff8000000000000a26f6bc3a46e6f6e65c0',
    );
    expect(hex(encode({ big: 2 ** 40, blob: new Uint8Array([1, 2]), gone: undefined }).data)).toBe(
      '83a3626967cb4270000000000000a4626c6f62c4020102a4676f6e65d40000',
    );
  });

  it('compresses above 10 KB only, and the block starts with the size', () => {
    const small = encode('a'.repeat(COMPRESSION_THRESHOLD_BYTES - 3));
    const large = encode('a'.repeat(COMPRESSION_THRESHOLD_BYTES - 2));
    expect(small.contentType).toBe(CONTENT_TYPES.msgpack);
    expect(large.contentType).toBe(CONTENT_TYPES.msgpackLz4);
    expect(new DataView(large.data.buffer, large.data.byteOffset).getUint32(0, true)).toBe(10 * 1024 + 1);
    expect(large.data.length).toBeLessThan(200);
  });

  it('sends plain what compression would not shrink', () => {
    const noise = createHash('shake256', { outputLength: 20_000 }).update('noise').digest();
    const body = encode(noise);
    expect(body.contentType).toBe(CONTENT_TYPES.msgpack);
    expect(decode(body.data)).toEqual(noise);
  });

  it('gives back every JSON value, large ones too', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        expect(JSON.stringify(roundTrip(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 300 },
    );
    const large = { rows: Array.from({ length: 3000 }, (_, id) => ({ id, name: `row ${id}`, tags: ['a', 'b'] })) };
    expect(roundTrip(large)).toEqual(large);
  });
});

describe('what peers may send', () => {
  it('never crashes: garbage is a value or a bad_message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...Object.values(CONTENT_TYPES)), (data, type) => {
        const code = codeOf(() => decode(data, type));
        expect(['nothing thrown', 'bad_message', 'body_too_large']).toContain(code);
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a cut-off body, trailing bytes, an empty one and an unknown content type', () => {
    const { data } = encode({ a: [1, 2, 3], b: 'text' });
    expect(codeOf(() => decode(data.subarray(0, data.length - 2)))).toBe('bad_message');
    expect(codeOf(() => decode(new Uint8Array([...data, 0])))).toBe('bad_message');
    expect(codeOf(() => decode(new Uint8Array(0)))).toBe('bad_message');
    expect(codeOf(() => decode(data, 'text/html'))).toBe('bad_message');
  });

  it('refuses a size that a peer states before taking memory for it', () => {
    const lie = bytes('ffffff7f2061626300');
    expect(codeOf(() => decode(lie, CONTENT_TYPES.msgpackLz4))).toBe('bad_message');
    const bomb = encode('a'.repeat(200_000));
    expect(codeOf(() => decode(bomb.data, bomb.contentType, { maxBytes: 100_000 }))).toBe('body_too_large');
    expect(codeOf(() => decode(new Uint8Array(11), CONTENT_TYPES.msgpack, { maxBytes: 10 }))).toBe('body_too_large');
    expect(codeOf(() => decode(bytes('dd7fffffff'), CONTENT_TYPES.msgpack))).toBe('bad_message');
  });

  it('never lets a key reach a prototype', () => {
    // {"__proto__": {"polluted": true}}
    const attack = bytes('81a95f5f70726f746f5f5f81a8706f6c6c75746564c3');
    const value = decode(attack) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.polluted).toBeUndefined();
    expect(codeOf(() => decodeJson(Buffer.from('{"__proto__":{"polluted":true}}')))).toBe('bad_message');
    expect(codeOf(() => decodeJson(Buffer.from('{"\\u005f_proto__":{"polluted":true}}')))).toBe('bad_message');
  });

  it('refuses references inside a body, by which a peer could build circles', () => {
    expect(codeOf(() => decode(bytes('d66900000001 81a161d67000000001'.replace(' ', ''))))).toBe('bad_message');
  });

  it('refuses nesting that would exhaust the stack, and works on', () => {
    const deep = new Uint8Array(100_000).fill(0x91);
    expect(codeOf(() => decode(deep))).toBe('bad_message');
    expect(roundTrip({ still: 'well' })).toEqual({ still: 'well' });
  });
});

describe('what we may send', () => {
  it('refuses a circle, a function and a __proto__ key with bad_message, and works on', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(codeOf(() => encode(circle))).toBe('bad_message');
    expect(codeOf(() => encode(JSON.parse('{"a":[{"__proto__":1}]}')))).toBe('bad_message');
    expect(roundTrip({ text: 'about __proto__' })).toEqual({ text: 'about __proto__' });
  });

  it('writes JSON that plain tools read', () => {
    const body = encodeJson({ type: 'run.done', n: 1 });
    expect(Buffer.from(body.data).toString()).toBe('{"type":"run.done","n":1}');
    expect(decode(body.data, body.contentType)).toEqual({ type: 'run.done', n: 1 });
  });
});

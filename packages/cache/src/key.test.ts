import { expect, it } from 'vitest';
import { agentOutputKey, canonicalJson, contentHash, exactJson, templateRenderKey } from './key.ts';
import { CACHE_PRESETS } from './presets.ts';
import { jsonBytes } from './size.ts';

it('gives the same content the same key whatever the order of its keys', () => {
  expect(contentHash({ a: 1, b: [1, { c: 2, d: 3 }] })).toBe(contentHash({ b: [1, { d: 3, c: 2 }], a: 1 }));
});

it('gives different content different keys, type and order of lists included', () => {
  const contents = [{ a: 1 }, { a: '1' }, { a: [1] }, [1, 2], [2, 1], null, '', {}, []];
  expect(new Set(contents.map(contentHash)).size).toBe(contents.length);
});

it('hashes with SHA-256 over the canonical text', () => {
  expect(canonicalJson({ b: null, a: 'x' })).toBe('{"a":"x","b":null}');
  // The digest of the two bytes `{}`, a value anyone can check.
  expect(contentHash({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

it('keeps agents and templates apart in their keys', () => {
  const hash = contentHash({ x: 1 });
  expect(agentOutputKey('pm', { x: 1 })).toBe(`pm:${hash}`);
  expect(templateRenderKey('brief', { x: 1 })).toBe(`brief:${hash}`);
});

it('tells apart, for the work of an agent and for a prompt, what these can tell apart', () => {
  const asked = [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    { a: 0, b: 2 },
    { a: -0, b: 2 },
  ];
  for (const keyOf of [agentOutputKey, templateRenderKey])
    expect(new Set(asked.map((each) => keyOf('pm', each))).size).toBe(asked.length);
  expect(agentOutputKey('pm', { a: [1, { b: 'x' }] })).toBe(agentOutputKey('pm', { a: [1, { b: 'x' }] }));
});

it('writes exact JSON that reads back as the very same value', () => {
  const value = { b: [-0, 0, 1e21, 'ü\ud800"'], a: { z: null, y: true }, '': [] };
  expect(Object.is((JSON.parse(exactJson(value)) as typeof value).b[0], -0)).toBe(true);
  expect(JSON.stringify(JSON.parse(exactJson(value)))).toBe(JSON.stringify(value));
});

it('measures about what JSON text takes', () => {
  const value = { name: 'größe', list: [true, null, 'x'.repeat(100)], deep: { empty: {} } };
  const exact = Buffer.byteLength(JSON.stringify(value));
  expect(Math.abs(jsonBytes(value) - exact)).toBeLessThan(8);
});

it('has the sizes and times of the specification', () => {
  expect(CACHE_PRESETS).toEqual({
    agent_output: { maxBytes: 100_000_000, ttlMs: 'session_lifetime' },
    template_render: { maxBytes: 50_000_000, ttlMs: 3_600_000 },
  });
});

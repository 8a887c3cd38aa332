import { EVENTS, isReply, MESSAGES, type MessageType, routeOf, SUBJECTS, TO_HOST } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { compareManifests, lineOf } from './compare.ts';
import { checkedIn, checkedInManifest, generatedFiles, MANIFEST } from './files.ts';
import { ACTORS } from './kinds.ts';
import { currentManifest, hashOf, type Manifest } from './manifest.ts';

const types = Object.keys(MESSAGES) as MessageType[];

describe('what is generated from the contracts', () => {
  it.each(Object.entries(generatedFiles()).filter(([path]) => path !== MANIFEST))(
    '%s stands as `npm run docs` writes it',
    (path, text) => expect(checkedIn(path)).toBe(text),
  );

  it('the manifest of the contracts changes in the same commit as they do', () => {
    const before = checkedInManifest();
    if (before === undefined) throw new Error(`${MANIFEST} is missing; run: npm run docs`);
    const changes = compareManifests(before, currentManifest()).map(lineOf);
    expect(changes, 'the contracts changed; run `npm run docs` and commit the manifest with them').toEqual([]);
    expect(checkedIn(MANIFEST)).toBe(generatedFiles()[MANIFEST]);
  });

  it('the page of the protocol names every subject, every message and every event', () => {
    const page = checkedIn('docs/protocol.md');
    const missing = [
      ...Object.values(SUBJECTS).map(({ pattern }) => `| \`${pattern}\` |`),
      ...[...types, ...Object.keys(EVENTS)].map((type) => `\n### ${type}\n`),
    ].filter((text) => !page.includes(text));
    expect(missing).toEqual([]);
  });

  it('every event says what it means', () => {
    const silent = Object.entries(EVENTS).filter(([, schema]) => (schema.description ?? '') === '');
    expect(silent.map(([type]) => type)).toEqual([]);
  });
});

describe('the table of messages and the tables of the actors', () => {
  it.each(ACTORS)('agree on all that is sent to the $party', ({ party, kind, subjects }) => {
    const taken = types.filter((type) => kind.accepts[type] !== undefined);
    const sent = types.filter(
      (type) => !TO_HOST.has(type) && routeOf(type).some((subject) => subjects.includes(subject)),
    );
    expect(sent.filter((type) => !taken.includes(type))).toEqual([]);
    const strangers = taken.filter((type) => !sent.includes(type) && !(isReply(type) && MESSAGES[type].to === party));
    expect(strangers).toEqual([]);
  });

  it('answers are messages of the table, and every request has one', () => {
    const unknown = types.flatMap((type) => MESSAGES[type].replies.filter((reply) => !types.includes(reply as never)));
    expect(unknown).toEqual([]);
    const asked = types.filter((type) => MESSAGES[type].from === 'client' && MESSAGES[type].replies.length === 0);
    expect(asked).toEqual([]);
  });
});

describe('a change of the contracts', () => {
  const shape = (schema: object) => ({ hash: hashOf(schema), schema: schema as never });
  const manifest = (schema: object, more: Partial<Manifest> = {}): Manifest => ({
    wire: 1,
    subjects: { api: 'api.{verb}' },
    errors: ['bad_file'],
    messages: {},
    events: { 'step.ready': shape(schema) },
    shapes: { Needs: shape({ type: 'object', properties: { cpu: { type: 'number' } } }) },
    ...more,
  });
  const object = (properties: object, required: string[] = [], more: object = {}) => ({
    type: 'object',
    properties,
    required,
    ...more,
  });
  const text = { type: 'string' };
  const cases: [string, object, object, string][] = [
    ['a removed field', object({ a: text, b: text }), object({ a: text }), 'BREAKING  event step.ready.b: removed'],
    [
      'a new required field',
      object({}),
      object({ a: text }, ['a']),
      'BREAKING  event step.ready.a: added, and required',
    ],
    [
      'a field newly required',
      object({ a: text }),
      object({ a: text }, ['a']),
      'BREAKING  event step.ready.a: newly required',
    ],
    ['a further field', object({}), object({ a: text }), 'compatible  event step.ready.a: added'],
    [
      'another type',
      object({ a: text }),
      object({ a: { type: 'number' } }),
      'BREAKING  event step.ready.a: the type string became number',
    ],
    [
      'a number that must be whole',
      object({ a: { type: 'number' } }),
      object({ a: { type: 'integer' } }),
      'BREAKING  event step.ready.a: the type number became integer',
    ],
    [
      'a value that is not allowed any more',
      object({ a: { type: 'string', enum: ['x', 'y'] } }),
      object({ a: { type: 'string', enum: ['x'] } }),
      'BREAKING  event step.ready.a: value "y": removed',
    ],
    [
      'a lower maximum',
      object({ a: { type: 'number', maximum: 9 } }),
      object({ a: { type: 'number', maximum: 8 } }),
      'BREAKING  event step.ready.a: maximum 9 became 8',
    ],
    [
      'a higher maximum',
      object({ a: { type: 'number', maximum: 8 } }),
      object({ a: { type: 'number', maximum: 9 } }),
      'compatible  event step.ready.a: maximum 8 became 9',
    ],
    [
      'a first pattern',
      object({ a: text }),
      object({ a: { ...text, pattern: '^x' } }),
      'BREAKING  event step.ready.a: pattern none became ^x',
    ],
    [
      'keys that are refused',
      object({}),
      object({}, [], { additionalProperties: false }),
      'BREAKING  event step.ready: no longer takes further keys',
    ],
    [
      'a form that is gone',
      { anyOf: [text, { type: 'number' }] },
      { anyOf: [text] },
      'BREAKING  event step.ready: a form is no longer allowed',
    ],
    [
      'something narrower in a list',
      object({ a: { type: 'array', items: text } }),
      object({ a: { type: 'array', items: { ...text, maxLength: 3 } } }),
      'BREAKING  event step.ready.a[]: maxLength none became 3',
    ],
  ];
  it.each(cases)('is told: %s', (_name, before, now, line) => {
    expect(compareManifests(manifest(before), manifest(now)).map(lineOf)).toEqual([line]);
  });

  it('is told of subjects, errors, messages and the wire too, what breaks first', () => {
    const ping = { from: 'client', to: 'node', replies: ['pong'], hash: '', body: object({}) };
    const before = manifest({}, { messages: { ping } });
    const now = manifest({}, { wire: 2, subjects: { api: 'call.{verb}' }, errors: ['bad_text'] });
    expect(compareManifests(before, now).map(lineOf)).toEqual([
      'BREAKING  wire: version 1 became 2',
      'BREAKING  error bad_file: removed',
      'BREAKING  subject api: "api.{verb}" became "call.{verb}"',
      'BREAKING  message ping: removed',
      'compatible  error bad_text: added',
    ]);
  });

  it('of a shape is told once, not at everything that refers to it', () => {
    const uses = object({ needs: { $ref: '#/shapes/Needs' } });
    const now = manifest(uses, { shapes: { Needs: shape({ type: 'object', properties: {} }) } });
    expect(compareManifests(manifest(uses), now).map(lineOf)).toEqual(['BREAKING  shape Needs.cpu: removed']);
  });

  it('that is none is told as none', () => {
    expect(compareManifests(currentManifest(), currentManifest())).toEqual([]);
  });
});

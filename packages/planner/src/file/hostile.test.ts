/** Files that were made to break a loader: each is refused at its place or read whole, and nothing is thrown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { inspectWorkflow, loadWorkflow } from './load.ts';
import { readYamlText } from './yaml.ts';

const errors = (text: string | Uint8Array): string[] =>
  inspectWorkflow(text, { file: 'f.yaml' })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ line, col, code }) => `${line}:${col} ${code}`);
const messages = (text: string): string[] =>
  inspectWorkflow(text, { file: 'f.yaml' }).findings.map(({ message }) => message);
const read = (text: string) => readYamlText(text, 'f.yaml');

describe('names', () => {
  const names = [
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    '__defineGetter__',
    '__proto__',
  ];
  it.each(names)('%s is no name of a step, an agent, a group, an input or an owner', (name) => {
    for (const text of [
      `steps:\n  ${name}: {}\n`,
      `steps:\n  - {id: ${name}}\n`,
      `steps:\n  a: {agent: ${name}}\n`,
      `steps:\n  a: {}\ngroups:\n  ${name}: {agents: [a]}\n`,
      `inputs:\n  ${name}: string\nsteps:\n  a: {}\n`,
      `ownership:\n  ${name}: [x]\nsteps:\n  a: {}\n`,
      `workflow: {id: ${name}}\nsteps:\n  a: {}\n`,
    ])
      expect(errors(text)).toEqual([expect.stringMatching(/^\d+:\d+ (bad_id|forbidden_key)$/)]);
  });

  it.each(names)('%s stands for nothing where it is referred to', (name) => {
    expect(errors(`steps:\n  a: {depends_on: [${name}]}\n`)).toHaveLength(1);
    expect(errors(`steps:\n  a: {inputs: [${name}.x]}\n`)).toHaveLength(1);
    expect(errors(`steps:\n  a: {group: ${name}}\n`)).toHaveLength(1);
    expect(errors(`steps:\n  a: {resource_requirements: {cpu: ${name}}}\n`)).toEqual(['2:36 bad_resource']);
    expect(errors(`steps:\n  a: {timeout: 5_${name}}\n`)).toEqual(['2:16 bad_duration']);
  });

  it.each(['a.b', 'a b', '*', '>', '$SYS', 'a/b', '   ', 'a\\nb', 'ａ', '😀', 'a\\u200Bb', 'x'.repeat(65)])(
    '"%s" is no token of a subject, and so no id',
    (name) => {
      expect(errors(`steps:\n  a: {agent: "${name}"}\n`)).toEqual(['2:14 bad_id']);
      expect(errors(`steps:\n  "${name}": {}\n`)).toEqual(['2:3 bad_id']);
    },
  );

  it('a letter that only looks right is named by its code', () => {
    expect(messages('steps:\n  a: {agent: "\u0430nalyst"}\n').join()).toContain('"\u0430" is U+0430');
  });

  it('keys that look the same are the same key, however their letters are encoded', () => {
    expect(errors('steps:\n  a: {with: {e\u0301: 1, \u00e9: 2}}\n')).toEqual(
      ['2:18 bad_id', '2:21 duplicate_key'].slice(1),
    );
    expect(errors('"\\x61": 1\na: 2\n')).toEqual(['2:1 duplicate_key']);
    expect(errors('"a": 1\n\'a\': 2\n')).toEqual(['2:1 duplicate_key']);
    expect(errors('1: a\n"1": b\n')).toEqual(['2:1 duplicate_key']);
  });
});

describe('tags', () => {
  it.each([
    '!!binary aGk=',
    '!!timestamp 2020-01-01',
    '!!set {a}',
    '!!omap [a: 1]',
    '!!pairs [a: 1]',
    '!!float 5',
    '!x 1',
  ])('%s has no form in JSON and is refused, not read as nothing', (value) =>
    expect(errors(`a: ${value}\n`)).toEqual(['1:4 unsupported_tag']),
  );
  it('those of JSON are taken', () => {
    expect(read('a: !!str 5\nb: !!int "5"\nc: !!map {x: !!seq [!!bool "true", !!null ""]}\nd: ! 5\n').value).toEqual({
      a: '5',
      b: 5,
      c: { x: [true, null] },
      d: '5',
    });
  });
});

describe('characters', () => {
  it.each(['\\0', '\\a', '\\e[31m', '\\x7f', '\\x9b', '\\ufeff', '\\ud800', '\\ufffd'])(
    '%s is refused behind an escape as it is without one',
    (escaped) => {
      expect(errors(`workflow: {id: w, name: "x${escaped}"}\nsteps: {a: {}}\n`)).toEqual(['1:25 bad_encoding']);
      expect(errors(`steps: {a: {with: {"x${escaped}": 1}}}\n`)).toEqual(['1:20 bad_encoding']);
    },
  );
  it('bytes that are no UTF-8 are refused where they stand', () => {
    const bytes = (...tail: number[]) => new Uint8Array([...Buffer.from('a: 1\nb: '), ...tail]);
    for (const tail of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0xc3]]) {
      expect(errors(bytes(...tail))).toEqual(['2:4 bad_encoding']);
    }
  });
  it('a message is one line in which everything can be seen', () => {
    const found = messages('steps:\n  "a\\nb\\u202e\\u2028c": {}\n')[0] ?? '';
    expect(found).toContain('a\\u{A}b\\u{202E}\\u{2028}c');
    expect(messages(`? ${'x'.repeat(100_000)}\n: 1\n`).every((message) => message.length <= 500)).toBe(true);
  });
  it('line ends of any system give the same file and the same places', () => {
    const text = 'workflow: {id: w}\nsteps:\n  a: {dependson: []}\n';
    expect(errors(text.replaceAll('\n', '\r\n'))).toEqual(errors(text));
    expect(errors(`\uFEFF${text}`)).toEqual(errors(text));
  });
});

describe('numbers', () => {
  it.each([
    '9007199254740993',
    '9007199254740993.0',
    '-9007199254740993',
    '1e16',
    '0xFFFFFFFFFFFFFFFF',
    '.inf',
    '-.inf',
    '.NaN',
    '1e400',
    '1e-400',
  ])('%s is refused rather than kept as another one', (number) =>
    expect(errors(`steps:\n  a: {with: {x: ${number}}}\n`)).toEqual(['2:17 bad_number']),
  );
  it.each([
    ['9007199254740991', 9007199254740991],
    ['-0', 0],
    ['-0.0', 0],
    ['0e5', 0],
    ['0x1F', 31],
    ['0o17', 15],
    ['017', 17],
    ['1e3', 1000],
    ['.5', 0.5],
  ])('%s is %d', (written, value) => {
    const { definition } = loadWorkflow(`steps:\n  a: {with: {x: ${written}}}\n`, { file: 'f' });
    expect(definition.steps[0]?.with).toStrictEqual({ x: value });
  });
  it('a version is a name and stays as written', () => {
    for (const version of ['1.10', '1.0', '010', '2']) {
      const { definition } = loadWorkflow(`workflow: {id: w, version: ${version}}\nsteps: {a: {}}\n`, { file: 'f' });
      expect(definition.version).toBe(version);
    }
  });
});

describe('command lines', () => {
  const commandOf = (line: string) =>
    loadWorkflow(JSON.stringify({ steps: { a: { agent: `cmd:${line}` } } }), { file: 'f' }).definition.commands.a
      ?.command;
  it.each([
    ['node x.js', ['node', 'x.js']],
    ['node --name="a b" c', ['node', '--name=a b', 'c']],
    [`sh -c 'echo "hi"'`, ['sh', '-c', 'echo "hi"']],
    ['a "" b', ['a', '', 'b']],
    ['a "x\\"y"', ['a', 'x"y']],
  ])('%s has the words %j', (line, words) => expect(commandOf(line)).toEqual(words));
  it.each(['"open', "it's", '', '   ', '""'])('%j is refused', (line) => {
    expect(errors(JSON.stringify({ steps: { a: { agent: `cmd:${line}` } } }))).toEqual(['1:24 bad_value']);
    expect(errors(JSON.stringify({ agents: { a: { cmd: line } }, steps: { a: {} } }))).toHaveLength(1);
  });
});

describe('nesting', () => {
  const forms: readonly [string, (depth: number) => string][] = [
    ['indented mappings', (d) => Array.from({ length: d }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
    ['lists on a line', (d) => `a:\n  ${'- '.repeat(d - 1)}x`],
    [
      'lists below each other',
      (d) => `a:\n${Array.from({ length: d - 1 }, (_, n) => `${' '.repeat(n + 1)}-`).join('\n')} x`,
    ],
    ['brackets', (d) => `a: ${'['.repeat(d - 1)}x${']'.repeat(d - 1)}`],
    ['braces', (d) => `${'{a: '.repeat(d)}x${'}'.repeat(d)}`],
    [
      'lists of mappings',
      (d) =>
        `${Array.from({ length: d / 2 }, (_, n) => `${' '.repeat(4 * n)}a:\n${' '.repeat(4 * n + 2)}-`).join('\n')} x`,
    ],
  ];
  it.each(forms)('of %s is read to the limit of 64 levels and refused beyond', (_name, nested) => {
    expect(read(nested(64)).findings).toEqual([]);
    expect(read(nested(66)).findings.map(({ code }) => code)).toEqual(['too_deep']);
  });

  it('is never counted higher than it is: what JSON can say, YAML in any style can', () => {
    const style = fc.record({
      indent: fc.integer({ min: 1, max: 6 }),
      collectionStyle: fc.constantFrom('any', 'block', 'flow'),
      lineWidth: fc.constantFrom(0, 20, 80),
    });
    const key = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'ab- :#?&*!|>\'"%@`{}[],\n') });
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom(...'ab- :#?&*!|>\'"%@`{}[],\n') });
    fc.assert(
      fc.property(
        fc.dictionary(
          key.filter((k) => k !== '<<'),
          value,
          { minKeys: 1 },
        ),
        style,
        (json, options) => {
          const text = stringify(json, options as never);
          const back = read(text);
          // The library does not read all that it writes as it was; ours to hold is the nesting, and that nothing is added.
          expect(back.findings.map(({ code }) => code)).not.toContain('too_deep');
          if (back.findings.length === 0) expect(back.value).toEqual(JSON.parse(JSON.stringify(parse(text))));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('any text', () => {
  const atoms = [
    'steps',
    'a',
    'id',
    ':',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&x ',
    '*x',
    '!!str ',
    '!y ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '%',
    '---\n',
    '...\n',
    '? ',
    '<<',
    '__proto__',
    'toString',
    'agent',
    'depends_on',
    'timeout',
    '5',
    '.inf',
    '~',
    '\t',
    '\r\n',
    '\u00e9',
    '\u0000',
    '\uFEFF',
    'inputs',
    'groups',
    'agents',
    'a.b',
    'cmd:"',
    'execution_groups',
    'with',
  ];
  it('is read or refused with a place, and never throws', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...atoms), { maxLength: 40 }), (parts) => {
        const { definition, findings } = inspectWorkflow(parts.join(''), { file: 'f' });
        const isRefused = findings.some(({ severity }) => severity === 'error');
        expect(isRefused).toBe(definition === undefined);
        expect(findings.every(({ line, col }) => line >= 1 && col >= 1)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
  it('of bytes is read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(() => inspectWorkflow(bytes, { file: 'f' })).not.toThrow();
      }),
    );
  });
});

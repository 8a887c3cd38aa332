import { describe, expect, it } from 'vitest';
import { readYamlText } from './yaml.ts';

const codes = (text: string | Uint8Array) =>
  readYamlText(text, 'f.yaml').findings.map((f) => `${f.line}:${f.col} ${f.code}`);
const value = (text: string) => readYamlText(text, 'f.yaml').value;

describe('reading the text', () => {
  it('words of YAML 1.1 stay strings', () => {
    expect(value('a: [no, yes, on, off, y, n]\nt: 10:30\nd: 2024-02-30\nx: 1_000\n')).toEqual({
      a: ['no', 'yes', 'on', 'off', 'y', 'n'],
      t: '10:30',
      d: '2024-02-30',
      x: '1_000',
    });
  });
  it('integers are read as YAML 1.2 says', () => {
    expect(value('a: 010\nb: 0o10\nc: 0x10\nd: -0\ne: 1e3\n')).toEqual({ a: 10, b: 8, c: 16, d: 0, e: 1000 });
  });
  it('every form of null is null', () => {
    expect(value('a: ~\nb: null\nc:\nd: Null\n')).toEqual({ a: null, b: null, c: null, d: null });
  });
  it('a byte order mark of UTF-8 is skipped', () => {
    expect(value('\uFEFFa: 1\n')).toEqual({ a: 1 });
  });
  it('an alias stands for its anchor', () => {
    expect(value('a: &x [1, 2]\nb: *x\n')).toEqual({ a: [1, 2], b: [1, 2] });
  });
  it('keys are taken as written', () => {
    expect(value('1: a\nno: b\n0x10: c\n')).toEqual({ '1': 'a', no: 'b', '0x10': 'c' });
  });

  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i += 1)
    bomb.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const refused: [string, string | Uint8Array, string][] = [
    ['non-finite numbers', 'cpu: .inf\nmemory: .nan\ny: 1e400\n', '1:6 bad_number 2:9 bad_number 3:4 bad_number'],
    ['an integer that would be rounded', 'timeout: 9007199254740993\n', '1:10 bad_number'],
    ['several documents', 'workflow: {id: a}\n---\nworkflow: {id: b}\n', '2:1 several_documents'],
    ['an empty file', '', '1:1 empty_document'],
    ['a file of comments', '# nothing\n', '1:1 empty_document'],
    ['a scalar as root', 'just text\n', '1:1 wrong_type'],
    ['a list as root', '- a\n- b\n', '1:1 wrong_type'],
    ['a written null as root', 'null\n', '1:1 wrong_type'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', '3:1 duplicate_key'],
    ['a duplicate key in another spelling', '{a: 1, "a": 2}\n', '1:8 duplicate_key'],
    ['a key that reaches a prototype', 'steps:\n  __proto__: {x: 1}\n', '2:3 forbidden_key'],
    ['constructor as a key', 'constructor: {prototype: {x: 1}}\n', '1:1 forbidden_key'],
    ['a merge key', 'a: &a {x: 1}\nb:\n  <<: *a\n', '3:3 merge_key'],
    ['a collection as a key', '? [a, b]\n: 1\n', '1:3 bad_key'],
    ['a custom tag', 'a: !!js/function "x"\n', '1:4 unsupported_tag'],
    ['a local tag', 'a: !thing {x: 1}\n', '1:4 unsupported_tag'],
    ['an old version of YAML', '%YAML 1.1\n---\na: yes\n', '1:1 yaml_syntax'],
    ['an alias with no anchor', 'a: *nowhere\n', '1:4 yaml_syntax'],
    ['an alias of itself', 'a: &a [*a]\n', '1:8 alias_expansion'],
    ['a tab as indentation', 'a:\n\tb: 1\n', '2:1 yaml_syntax'],
    ['a NUL', 'a: "x\0y"\n', '1:6 bad_encoding'],
    ['half a character', 'a: "\\ud800"\n', '1:4 bad_encoding'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3a, 0]), '1:1 bad_encoding'],
    ['broken UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]), '1:4 bad_encoding'],
    ['Latin-1 that was read as UTF-8', 'a: \uFFFD\n', '1:4 bad_encoding'],
    ['deep brackets', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, '1:68 too_deep'],
    ['deep brackets that never close', '{a: '.repeat(100_000), '1:261 too_deep'],
    ['deep lists on one line', '- '.repeat(10_000), '1:131 too_deep'],
    ['deep indentation', Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), '66:66 too_deep'],
    ['too many tokens', `[${'[],'.repeat(300_000)}]`, '1:500000 too_many'],
    ['a bomb of aliases', bomb.join('\n'), '4:45 alias_expansion'],
    ['a flood of aliases', `a: &a 1\nb: [${'*a, '.repeat(200)}]`, '2:405 alias_expansion'],
    ['a large file', 'a'.repeat(1_048_577), '1:1 file_too_large'],
  ];
  for (const [name, text, expected] of refused) {
    it(`${name} is refused with its place`, () => {
      expect(codes(text).join(' ')).toBe(expected);
    });
  }
  it('a flood of errors is cut to the limit and counted', () => {
    const found = readYamlText(
      'a: .inf\n'.replace('a', 'b') + Array.from({ length: 500 }, (_, i) => `k${i}: .nan`).join('\n'),
      'f',
    );
    expect(found.findings.length).toBe(101);
    expect(found.findings.at(-1)?.message).toBe('401 more findings are not listed (limit 100)');
  });
  it('no prototype is changed by any refusal', () => {
    codes('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\n');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

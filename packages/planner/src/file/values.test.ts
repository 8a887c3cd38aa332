/** What the words of a file come to, seen from the whole file: durations, sizes, nulls and the values of YAML 1.1. */
import { describe, expect, it } from 'vitest';
import { inspectWorkflow, loadWorkflow } from './load.ts';

const errors = (text: string): string[] =>
  inspectWorkflow(text, { file: 'f' })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ line, col, code }) => `${line}:${col} ${code}`);

describe('an estimated duration', () => {
  const file = (written: string): string => `steps:\n  a: {estimated_duration: ${written}}\n`;
  it.each([
    ['"3-5_minutes"', 180_000, 300_000],
    ['"10_minutes"', 600_000, 600_000],
    ['"1_hour"', 3_600_000, 3_600_000],
    ['"0_minutes"', 0, 0],
    ['30', 30_000, 30_000],
    ['030', 30_000, 30_000],
    ['1e3', 1_000_000, 1_000_000],
  ])('of %s is %d to %d ms', (written, minMs, maxMs) => {
    expect(loadWorkflow(file(written), { file: 'f' }).definition.steps[0]?.estimate).toMatchObject({ minMs, maxMs });
  });
  it.each([
    '5-3_minutes',
    '-1_minutes',
    '5_parsecs',
    'session_lifetime',
    '3-5-7_minutes',
    '1e3_minutes',
    '10:30',
    '1:00:00',
    '"30"',
    '1_000',
    '３_minutes',
    '3–5_minutes',
    '-1',
  ])('of %s is refused', (written) => expect(errors(file(written))).toEqual(['2:27 bad_duration']));
  it.each(['true', '[5]', '{a: 1}'])('of %s is of the wrong type', (written) => {
    expect(errors(file(written))).toEqual(['2:27 wrong_type']);
  });
  it.each(['~', 'null', 'Null', 'NULL', ''])('of "%s" has no value', (written) => {
    expect(errors(file(written))).toEqual(['2:7 missing_key']);
  });
});

describe('the default of an input', () => {
  const file = (type: string, written: string): string =>
    `inputs:\n  n: {type: ${type}, default: ${written}}\nsteps: {a: {}}\n`;
  it.each([
    ['integer', '3'],
    ['string', '"3"'],
    ['array', '[3]'],
    ['any', '{a: 3}'],
  ])('of type %s may be %s', (type, written) => expect(errors(file(type, written))).toEqual([]));
  it.each([
    ['integer', 'abc', '2:31'],
    ['integer', '3.5', '2:31'],
    ['object', '[3]', '2:30'],
    ['string', '3', '2:30'],
  ])('of type %s is refused where it is %s', (type, written, at) => {
    expect(errors(file(type, written))).toEqual([`${at} wrong_type`]);
  });
});

describe('a size', () => {
  const file = (written: string, ttl = '1_hour'): string =>
    `steps: {a: {}}\ncaching_system:\n  cache_levels:\n    agent_output_cache: {size_limit: ${written}, ttl: ${ttl}}\n`;
  it.each(['50MB', '10KB', '"100 MB"', '100_MB', '1.5GB', '64KiB', '1024'])('of %s is taken', (written) => {
    expect(errors(file(written))).toEqual([]);
  });
  it.each(['-1MB', '50M', 'NaNMB', '50mb', '1e3MB', '5constructor', '-5', '1.5', '"100  MB"'])(
    'of %s is refused',
    (written) => {
      expect(errors(file(written))).toEqual(['4:38 bad_size']);
    },
  );
  it('is kept for the life of a session only where a time to live is asked for', () => {
    expect(errors(file('1MB', 'session_lifetime'))).toEqual([]);
    expect(errors('steps:\n  a: {timeout: session_lifetime}\n')).toEqual(['2:16 bad_duration']);
  });
});

describe('the cache of a program', () => {
  const file = (written: string): string => `agents: {p: {cmd: ls, cache: ${written}}}\nsteps: {a: {agent: p}}\n`;
  it.each([
    ['true', true],
    ['false', false],
    ['{version: 3}', { version: '3' }],
    ['{version: v3, ttl: 5_minutes}', { version: 'v3', ttlMs: 300_000 }],
    ['{ttl: session_lifetime}', {}],
  ])('may be %s', (written, cache) => {
    expect(loadWorkflow(file(written), { file: 'f' }).definition.commands['p']?.cache).toEqual(cache);
  });
  it('is none where nothing is said, and nothing else', () => {
    const plain = loadWorkflow('agents: {p: {cmd: ls}}\nsteps: {a: {agent: p}}\n', { file: 'f' });
    expect(plain.definition.commands['p']).toEqual({ command: ['ls'] });
    expect(errors(file('yes'))).toEqual(['1:30 wrong_type']);
    expect(errors(file('{ttl: 0}'))).toEqual(['1:36 bad_duration']);
    expect(errors(file('{size: 1MB}'))).toEqual(['1:31 unknown_key']);
  });
});

describe('a need', () => {
  const file = (written: string): string => `steps:\n  a: {resource_requirements: {cpu: ${written}}}\n`;
  it.each([
    ['010', 10],
    ['0o10', 8],
    ['0', 0],
    ['-0', 0],
    ['0.5', 0.5],
    ['high', 40],
  ])('of %s is %d units', (written, units) => {
    expect(loadWorkflow(file(written), { file: 'f' }).definition.steps[0]?.needs.cpu).toBe(units);
  });
  it.each(['-1', '1_000', 'Medium', '"30"', '30%', 'Infinity', 'NaN', 'huge'])('of %s is refused', (written) => {
    expect(errors(file(written))).toEqual(['2:36 bad_resource']);
  });
  it.each(['.inf', '-.Inf', '.nan', '1e400', '9007199254740993'])('of %s is no number to count with', (written) => {
    expect(errors(file(written))).toEqual(['2:36 bad_number']);
  });
});

describe('words that YAML 1.1 took for something else', () => {
  it('are text: as ids, as references and as values', () => {
    const text = `workflow: {id: no, name: yes}
steps:
  on: {with: {values: [no, yes, off, y, n, 10:30, 2024-02-30, 1_000, 0b1, 0777_]}}
  off: {depends_on: [on]}
`;
    const { definition } = loadWorkflow(text, { file: 'f' });
    expect([definition.id, definition.name]).toEqual(['no', 'yes']);
    expect(definition.steps.map(({ id }) => id)).toEqual(['on', 'off']);
    expect(definition.steps[0]?.with.values).toEqual([
      'no',
      'yes',
      'off',
      'y',
      'n',
      '10:30',
      '2024-02-30',
      '1_000',
      '0b1',
      '0777_',
    ]);
  });
  it('are refused where only true and false are meant', () => {
    expect(errors('execution_groups:\n  g: {agents: [a], parallel_capable: yes}\n')).toEqual(['2:38 wrong_type']);
  });
});

describe('a file with nothing to run', () => {
  it.each([
    ['', '1:1 empty_document'],
    [' \n\n', '1:1 empty_document'],
    ['# only a comment\n', '1:1 empty_document'],
    ['---\n...\n', '1:1 empty_document'],
    ['{}\n', '1:1 no_steps'],
    ['steps:\n', '1:1 missing_key'],
    ['steps: {}\n', '1:1 no_steps'],
    ['just text\n', '1:1 wrong_type'],
    ['- a\n- b\n', '1:1 wrong_type'],
    ['5\n', '1:1 wrong_type'],
    ['~\n', '1:1 wrong_type'],
    ['steps: {a: {}}\n---\nsteps: {b: {}}\n', '2:1 several_documents'],
    ['steps: {a: {}}\n...\nrubbish\n', '3:1 several_documents'],
  ])('is refused: %j', (text, expected) => expect(errors(text)).toEqual([expected]));
});

/**
 * Files that must not run: each is refused with its place, its reason and exit code 2, in little time and memory, and
 * nothing runs. Memory is the peak that the kernel counted for the process (`process.resourceUsage().maxRSS`, written at
 * its end by a hook that `--import` loads). Time is the wall clock for what a person may write by mistake. For floods made to
 * cost it is CPU time beside that of a good file of the same size in the same run, for the machine may be busy: idle, the
 * worst of them takes some 2.5 s.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, tutti } from './cli-process.ts';

/** Of processor time: whoever refuses a file waits for nothing, and a machine with other work must not be blamed on it. */
const LIMIT_MS = 5_000;
const LIMIT_MIB = 500;
const HOOK = new URL('fixtures/peak-rss.js', import.meta.url).href;
const MARK = 'something-ran';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tutti-bad-'));
});
beforeEach(() => rmSync(join(cwd, 'usage'), { force: true }));
afterAll(() => rmSync(cwd, { recursive: true }));

interface Judged extends Ended {
  readonly peakMib: number;
  readonly cpuMs: number;
  /** The first line of standard error, where the first finding stands. */
  readonly first: string;
}

async function judge(text: string | Uint8Array, ...command: string[]): Promise<Judged> {
  writeFileSync(join(cwd, 'bad.yaml'), text);
  const env = { NODE_OPTIONS: `--import=${HOOK}`, TUTTI_TEST_USAGE: join(cwd, 'usage') };
  const args = command.length > 0 ? command : ['run', 'bad.yaml', '--output', 'json'];
  const ended = await tutti(args, { cwd, env });
  const lines = readFileSync(join(cwd, 'usage'), 'utf8').trim().split('\n');
  const used = lines.map((line) => line.split(' ').map(Number));
  const most = (column: number): number => Math.max(...used.map((row) => row[column] ?? Number.NaN));
  return { ...ended, peakMib: most(0) / 1024, cpuMs: most(1) / 1000, first: ended.stderr.split('\n')[0] ?? '' };
}

function isRefused(judged: Judged, place: string, reason: RegExp): void {
  expect(judged.first).toMatch(new RegExp(`^bad\\.yaml:${place}: `));
  expect(judged.first).toMatch(reason);
  expect(judged.code).toBe(2);
  expect(judged.stdout).toBe('');
  expect(judged.stderr).not.toMatch(/call stack|^\s+at .*\(|undefined|\[object/m);
  expect(judged.peakMib).toBeLessThan(LIMIT_MIB);
  expect(existsSync(join(cwd, MARK))).toBe(false);
}

/** A step that would leave a mark if anything of the file were run. */
const WITNESS = `steps:\n  witness: { agent: "cmd:touch ${MARK}" }\n`;
const STEP = '[1-9]\\d*:[1-9]\\d*';

it('the witness runs where the file is good, so that its silence means something', async () => {
  const { code } = await judge(WITNESS);
  expect(existsSync(join(cwd, MARK))).toBe(true);
  rmSync(join(cwd, MARK));
  // The program says nothing on standard output, which is no result of an agent: the run fails, but it ran.
  expect(code).not.toBe(2);
});

const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(', ')}]`);
const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...levels].join('\n');
const indented = (depth: number): string => Array.from({ length: depth }, (_, n) => `${' '.repeat(n)}a:`).join('\n');

const MISTAKES: readonly [name: string, text: string, place: string, reason: RegExp][] = [
  ['a cycle', `${WITNESS}  a: { depends_on: [b] }\n  b: { depends_on: [a] }\n`, '3:21', /cycle: .*in a circle/],
  ['an unknown agent', `agents: []\n${WITNESS}  a: { agent: ghost }\n`, '4:3', /unknown_agent: .*"ghost"/],
  [
    'a misspelt agent',
    `agents: []\n${WITNESS}  writer: { agent: "cmd: true" }\n  a: { agent: wirter }\n`,
    '5:3',
    /unknown_agent: .*"wirter".*did you mean "writer"/s,
  ],
  ['an unknown producer', `${WITNESS}  a: { inputs: [ghost.x] }\n`, '3:17', /unknown_step: .*"ghost"/],
  [
    'a step that can never fit the pool',
    `${WITNESS}  a: { resource_requirements: { cpu: 121 } }\n`,
    '3:38',
    /never_fits: .*121 cpu units.*120/,
  ],
  ['a duplicate key', `${WITNESS}  a: {}\n  a: {}\n`, '4:3', /duplicate_key: .*"a".*twice/],
  ['a misspelt key', `${WITNESS}  a: { dependson: [witness] }\n`, '3:8', /unknown_key: .*did you mean "depends_on"/],
  ['a `__proto__` key', `${WITNESS}  a: { with: { __proto__: { x: 1 } } }\n`, '3:16', /forbidden_key: .*"__proto__"/],
  ['a bomb of aliases', `${bomb}\n${WITNESS}`, STEP, /alias_expansion/],
  ['10,000 brackets', `${WITNESS}  a: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, '3:69', /too_deep: .*64 levels/],
  ['10,000 braces', `${WITNESS}  a: ${'{a: '.repeat(10_000)}${'}'.repeat(10_000)}\n`, STEP, /too_deep: .*64 levels/],
  ['10,000 lists on one line', `${WITNESS}x:\n  ${'- '.repeat(10_000)}a\n`, STEP, /too_deep: .*64 levels/],
  ['10,000 questions on one line', `${'? '.repeat(10_000)}a\n`, STEP, /too_deep: .*64 levels/],
  ['the deepest indentation that a file can hold', `${indented(1_400)}\n`, '66:66', /too_deep: .*64 levels/],
  ['an empty file', '', '1:1', /empty_document/],
  ['names that every object has', `${WITNESS}  toString: {}\n`, '3:3', /bad_id: .*"toString" is a reserved word/],
  ['an id that would be a wildcard', `${WITNESS}  ">": {}\n`, '3:3', /bad_id: .*">"/],
];

describe('a mistake', () => {
  it.each(MISTAKES)('such as %s is refused', async (_name, text, place, reason) => {
    const judged = await judge(text);
    isRefused(judged, place, reason);
    expect(judged.cpuMs).toBeLessThan(LIMIT_MS);
  });

  it('such as a file of 50 MB is refused before it is read', async () => {
    const judged = await judge(new Uint8Array(50_000_000).fill(0x61));
    isRefused(judged, '1:1', /file_too_large: .*50000000 bytes.*1048576/);
    expect(judged.cpuMs).toBeLessThan(LIMIT_MS);
    expect(judged.peakMib).toBeLessThan(200);
  });

  it('such as 10,000 levels of indentation is a file of 50 MB, and refused as one', async () => {
    const judged = await judge(indented(10_000));
    isRefused(judged, '1:1', /file_too_large/);
  });

  it.each(['plan', 'lint'])('is refused by `tutti %s` too', async (command) => {
    const { code, stdout, stderr } = await judge('steps:\n  a: { depends_on: [a] }\n', command, 'bad.yaml');
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(/^bad\.yaml:2:21: .*self_reference/m);
  });
});

/** As much of a pattern as a file may hold. */
const fill = (head: string, item: string, tail = ''): string =>
  head + item.repeat(Math.floor((1_048_000 - head.length - tail.length) / item.length)) + tail;
const rows = (count: number, row: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => row(n)).join('\n');

const FLOODS: readonly [name: string, text: string][] = [
  ['stray brackets', ']'.repeat(499_900)],
  ['broken escapes', rows(60_000, () => '- "\\q"')],
  ['values behind values', rows(1, () => "'a' ".repeat(200_000))],
  ['empty mappings', `a: [${'{},'.repeat(160_000)}]`],
  ['list items', '-\n'.repeat(240_000)],
  ['aliases', fill('a: &a [1]\nb: [', '*a,', ']')],
  ['tokens', fill('', 'a: 1\n')],
  ['unknown keys', `steps:\n  a: {${rows(50_000, (n) => `k${n}: 1,`)}}`],
  ['bad ids', `steps:\n${rows(60_000, (n) => `  k.${n}: {}`)}`],
  ['unknown steps', `steps:\n${rows(11_000, (n) => `  s${n}: {depends_on: [x${n}]}`)}`],
  [
    'one agent in many groups',
    `execution_groups:\n${rows(9_000, (n) => `  g${n}: {agents: [a], dependencies: [g0]}`)}`,
  ],
  ['one long circle', `steps:\n${rows(12_000, (n) => `  s${n}: {depends_on: [s${(n + 1) % 12_000}]}`)}`],
  ['bytes that are no text', fill('', '\u0000')],
];

describe('a flood', () => {
  let good: Judged;
  beforeAll(async () => {
    const step = (n: number): string =>
      `  - id: s${n}\n    agent: worker\n    depends_on: [s${Math.max(0, n - 1)}]\n    timeout: 5_minutes\n`;
    const steps = rows(12_000, (n) => step(n + 1).trimEnd());
    good = await judge(`steps:\n  - id: s0\n${steps}\n`, 'lint', 'bad.yaml');
  });

  it('is measured against a good file of the same size, which is taken', () => {
    expect(good.code).toBe(0);
    expect(good.peakMib).toBeLessThan(LIMIT_MIB);
  });

  it.each(FLOODS)(
    'of %s is refused for no more time than twice the good file, and in bounded memory',
    async (_name, text) => {
      const judged = await judge(text);
      isRefused(judged, STEP, /: error [a-z_]+: /);
      expect(judged.cpuMs).toBeLessThan(2 * good.cpuMs);
      // A page, not a flood in return.
      expect(judged.stderr.length).toBeLessThan(64_000);
    },
  );
});

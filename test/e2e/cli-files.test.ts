/** What the command line makes of files, good and bad: places, reasons, exit codes, and nothing that runs. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planReport } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tutti } from './cli-process.ts';

/** The eight YAML blocks of the specification, one after the other, not a letter changed. */
const SEED_YAML = readFileSync(new URL('fixtures/seed-blocks.yaml', import.meta.url), 'utf8');

let cwd = '';
const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(cwd, name), text);
  return name;
};

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tutti-cli-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const GOOD = 'workflow: { id: good }\nsteps:\n  a: {}\n  b: { inputs: [a] }\n';

describe('tutti plan', () => {
  it('plans the eight blocks of the specification, concatenated as they stand', async () => {
    const { code, stdout } = await tutti(['plan', write('seed.yaml', SEED_YAML), '--json'], { cwd });
    expect(code).toBe(0);
    const report = planReport.parse(JSON.parse(stdout));
    expect(report.groups).toHaveLength(5);
    expect(report.groups.map(({ steps }) => steps)).toContainEqual(['ux_expert', 'architect']);
    expect(report.criticalPath.join(' ')).toMatch(/^analyst pm (architect|ux_expert) developer qa$/);
    expect(report.sequential).toBeGreaterThan(report.makespan);
    expect(report.makespan).toBeGreaterThanOrEqual(report.lowerBound);
  });

  it('prints for people the chart, the word table, the critical path and an honest speed-up', async () => {
    const { code, stdout, stderr } = await tutti(['plan', write('seed.yaml', SEED_YAML)], { cwd });
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('medium 30/25');
    expect(stdout).toContain('analyst → pm →');
    expect(stdout).toMatch(/38 m one after another, 31 m planned .*31 m is the lower bound/);
    expect(stdout).not.toContain('\u001b');
  });

  it('prints the same plan every time', async () => {
    const file = write('seed.yaml', SEED_YAML);
    const [first, second] = await Promise.all([1, 2].map(() => tutti(['plan', file, '--json'], { cwd })));
    expect(first?.stdout).toBe(second?.stdout);
  });
});

const aliasBomb = (): string => {
  const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}, *a${n}]`);
  return ['a0: &a0 [x, x, x, x]', ...levels].join('\n');
};

const BAD: readonly [name: string, text: () => string, said: RegExp][] = [
  ['cycle', () => 'steps:\n  a: { depends_on: [b] }\n  b: { depends_on: [a] }\n', /cycle/],
  ['unknown agent', () => 'steps:\n  a: { inputs: [nobody.thing] }\n', /nobody/],
  ['never fits', () => 'steps:\n  a: { resource_requirements: { cpu: 500 } }\n', /never_fits/],
  ['duplicate key', () => 'steps:\n  a: {}\n  a: {}\n', /duplicate_key/],
  ['misspelt key', () => 'steps:\n  a: { otputs: [x] }\n', /unknown_key.*outputs/],
  ['prototype key', () => 'steps:\n  a: { with: { __proto__: { x: 1 } } }\n', /forbidden_key/],
  ['alias bomb', aliasBomb, /alias_expansion/],
  ['deep nesting', () => `steps: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, /too_deep/],
  ['empty', () => '', /empty_document/],
  ['two documents', () => `${GOOD}---\n${GOOD}`, /several_documents/],
  ['broken yaml', () => 'steps: [a\nb: {', /yaml_syntax/],
];

describe('a bad file', () => {
  it.each(BAD)('%s is refused with its place, its reason and exit code 2', async (name, text, said) => {
    const file = write(`${name.replaceAll(' ', '-')}.yaml`, text());
    const { code, stdout, stderr } = await tutti(['run', file, '--output', 'json'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(new RegExp(`^${file}:\\d+:\\d+: `, 'm'));
    expect(stderr).not.toMatch(/^\s+at .*\(/m);
  });

  it('of 50 MB is refused by its size before it is read', async () => {
    const file = write('huge.yaml', new Uint8Array(50 * 1_048_576).fill(0x20));
    const { code, stderr } = await tutti(['plan', file], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/huge\.yaml.*52428800 bytes.*limit is 1048576/);
  });

  it.each([
    ['missing.yaml', /there is no such file/],
    ['.', /it is a directory/],
    ['/dev/null', /not a regular file/],
  ])('%s is refused in words', async (file, said) => {
    const { code, stderr } = await tutti(['plan', file], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stderr).toContain('[bad_file]');
  });

  it('a ring of links is refused in words', async () => {
    symlinkSync('ring.yaml', join(cwd, 'ring.yaml'));
    const { code, stderr } = await tutti(['plan', 'ring.yaml'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('links go in a circle');
  });
});

describe('tutti lint', () => {
  const seed = () => write('seed.yaml', SEED_YAML);
  it('ends 0 where there are only notes, and says them by place', async () => {
    const { code, stdout } = await tutti(['lint', seed()], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^seed\.yaml:\d+:\d+: note undeclared_output: "pm"/m);
  });

  it('prints JSON for programs and annotations for GitHub, errors ending 2', async () => {
    const file = write('bad.yaml', 'steps:\n  a: { otputs: [x] }\n');
    const json = await tutti(['lint', file, '--format', 'json'], { cwd });
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({
        code: 'unknown_key',
        severity: 'error',
        file,
        line: 2,
        suggestion: expect.any(String),
      }),
    );
    const github = await tutti(['lint', file, '--format', 'github'], { cwd });
    expect(github.stdout).toMatch(/^::error file=bad\.yaml,line=2,col=\d+,title=unknown_key::/m);
  });
});

describe('usage', () => {
  it.each([
    [['run']],
    [['bogus']],
    [['plan', 'a.yaml', '--nonsense']],
    [['plan', 'a.yaml', '--output', 'loud']],
    [['agent', 'start', 'a.ts', '-n', '0', '--nats', 'nats://127.0.0.1:1']],
    [['schema', 'nonsense']],
    [['ls']],
  ])('%j ends 2 with a hint and nothing on standard output', async (args) => {
    const { code, stdout, stderr } = await tutti(args, { cwd });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^tutti: /);
  });

  it('prints version and help with exit code 0', async () => {
    expect(await tutti(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '' });
    const help = await tutti(['--help']);
    expect(help.code).toBe(0);
    for (const command of [
      'run',
      'plan',
      'lint',
      'dev',
      'up',
      'agent',
      'ls',
      'show',
      'cancel',
      'events',
      'schema',
      'doctor',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
  });

  it.each(['workflow', 'events'])('the %s schema is JSON Schema', async (what) => {
    const { code, stdout } = await tutti(['schema', what]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org') });
  });

  it('colours follow NO_COLOR and FORCE_COLOR', async () => {
    const file = write('seed.yaml', SEED_YAML);
    expect((await tutti(['plan', file], { cwd, env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[');
    expect((await tutti(['plan', file], { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(
      '\u001b[',
    );
  });
});

/** `examples/repo-audit` as a person runs it: outcome, events by the published schema, overlap, and true numbers. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import type { TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, ROOT, tutti } from './cli-process.ts';

const EXAMPLE = 'examples/repo-audit/workflow.yaml';
const AGENTS_AT_ONCE = 4;

const published = JSON.parse(readFileSync(join(ROOT, 'docs/schema/events.schema.json'), 'utf8')) as Schema;
const schema = new Validator(published, '2020-12', false);

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'tutti-audit-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A shell command in a repository; no user's configuration of git has a say. */
function shell(cwd: string, command: string): string {
  const plain = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  return execFileSync('bash', ['-c', `set -o pipefail; ${command}`], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...plain },
  }).trim();
}
const count = (cwd: string, command: string): number => Number(shell(cwd, command));

interface Audited {
  readonly ended: Ended;
  readonly events: readonly TuttiEvent[];
  /** `findings` of report.json; the tests read numbers out of it by name. */
  readonly findings: any;
}

async function audit(repository: string, workflow: string): Promise<Audited> {
  const ended = await tutti(['run', workflow, '--input', 'repo=.', '--output', 'json'], { cwd: repository });
  const report = join(repository, 'out/repo-audit/report.json');
  return {
    ended,
    events: ended.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TuttiEvent),
    findings: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).findings : undefined,
  };
}

/** The most attempts that ran at one moment, by the times of the events alone. An end counts before a start. */
function mostAtOnce(events: readonly TuttiEvent[]): number {
  const ends = ['step.succeeded', 'step.failed', 'step.retrying', 'step.cancelled'];
  const marks = events.flatMap(({ type, time }) => {
    const by = type === 'step.started' ? 1 : ends.includes(type) ? -1 : 0;
    return by === 0 ? [] : [{ at: Date.parse(time), by }];
  });
  let running = 0;
  let most = 0;
  for (const { by } of marks.sort((a, b) => a.at - b.at || a.by - b.by)) {
    running += by;
    most = Math.max(most, running);
  }
  return most;
}

const TEXT = "git grep -I -z -l -e ''";

/** What the report says, beside what git and wc say by commands of this test's own. */
function compareNumbers(cwd: string, found: any): { said: Record<string, unknown>; counted: Record<string, unknown> } {
  const { languages, history, markers } = found;
  const language = (name: string) => languages.by_language.find((row: any) => row.language === name) ?? {};
  const marker = (name: string) => markers.by_marker.find((row: any) => row.marker === name)?.lines;
  const scripts = "'*.ts' '*.mts' '*.cts' '*.tsx'";
  const said = {
    tracked: languages.totals.tracked_files,
    text: languages.totals.text_files,
    lines: languages.totals.lines,
    bytes: languages.totals.bytes,
    largest: languages.largest_files[0].lines,
    scripts: language('TypeScript').files ?? 0,
    scriptLines: language('TypeScript').lines ?? 0,
    commits: history.totals.commits,
    authors: history.totals.authors,
    hottest: history.hot_spots.files[0].changes,
    todo: marker('TODO'),
    fixme: marker('FIXME'),
  };
  const counted: Record<keyof typeof said, number> = {
    tracked: count(cwd, 'git ls-files | wc -l'),
    text: count(cwd, `${TEXT} | tr -cd '\\0' | wc -c`),
    lines: count(cwd, `${TEXT} | xargs -0 cat -- | wc -l`),
    bytes: count(cwd, `${TEXT} | xargs -0 cat -- | wc -c`),
    largest: count(cwd, `${TEXT} | xargs -0 -n 1 wc -l | awk '{ print $1 }' | sort -nr | sed -n 1p`),
    scripts: count(cwd, `git ls-files -- ${scripts} | wc -l`),
    scriptLines: count(cwd, `git ls-files -z -- ${scripts} | xargs -0 cat -- | wc -l`),
    commits: count(cwd, 'git rev-list --count HEAD'),
    authors: count(cwd, 'git log --format=%aN | sort -u | wc -l'),
    hottest: count(
      cwd,
      "git log --format= --name-only --no-renames -z | tr '\\0' '\\n' | sort | uniq -c | sort -nr | sed -n 1p | awk '{ print $1 }'",
    ),
    todo: count(cwd, '(git grep -I -h -e TODO || true) | wc -l'),
    fixme: count(cwd, '(git grep -I -h -e FIXME || true) | wc -l'),
  };
  return { said, counted };
}

/** A repository of a few languages, authors, odd names, a binary file and things left to do. */
function smallRepository(): string {
  const root = join(scratch, 'small');
  mkdirSync(root);
  const write = (path: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const commit = (author: string): void => {
    const who = `-c user.name=${author} -c user.email=${author}@example.org -c commit.gpgsign=false`;
    shell(root, `git add -A && git ${who} commit --quiet -m change`);
  };
  shell(root, 'git init --quiet --initial-branch=main');
  for (let file = 1; file <= 40; file += 1) write(`src/part-${file}.ts`, '// TODO one\nexport {};\n'.repeat(file));
  write('.gitignore', 'out/\n');
  write('a b.py', 'print(1)\n');
  write('höhe.md', '# Title\n\ntext without a newline at the end');
  write('picture.bin', Uint8Array.from([0, 1, 10, 0]));
  write('empty.go', '');
  commit('Ada');
  write('src/part-1.ts', '// FIXME two\nexport {};\n');
  commit('Grace');
  write('src/part-1.ts', 'export {};\n');
  commit('Grace');
  return root;
}

/** The project as it is committed, so that nobody who edits meanwhile changes what is counted. */
function ownRepository(): string | undefined {
  if (!existsSync(join(ROOT, '.git'))) return undefined;
  const root = join(scratch, 'own');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, root]);
  return root;
}

/** Told once a repository: what must hold of every audit. */
function holds(audited: () => Audited, repository: () => string): void {
  it('ends 0 with nothing on standard error', () => {
    expect(audited().ended.stderr).toBe('');
    expect(audited().ended.code).toBe(0);
  });

  it('prints only lines that the published schema allows', () => {
    const { events } = audited();
    expect(events.length).toBeGreaterThan(20);
    const wrong = events.filter((event) => !schema.validate(event).valid);
    expect(wrong).toEqual([]);
  });

  it(`had at least ${AGENTS_AT_ONCE} agents running at one moment, by the times of its events`, () => {
    expect(mostAtOnce(audited().events)).toBeGreaterThanOrEqual(AGENTS_AT_ONCE);
  });

  it('reports the numbers that git and wc give', () => {
    const { said, counted } = compareNumbers(repository(), audited().findings);
    expect(said).toEqual(counted);
  });
}

describe('an audit of a small repository', () => {
  let audited: Audited;
  let repository = '';
  beforeAll(async () => {
    repository = smallRepository();
    audited = await audit(repository, join(ROOT, EXAMPLE));
  });
  holds(
    () => audited,
    () => repository,
  );

  it('reports what was put in', () => {
    const { totals } = audited.findings.languages;
    expect(totals).toMatchObject({ tracked_files: 45, text_files: 43, without_text: 2, lines: 1643 });
    expect(audited.findings.history.totals).toMatchObject({ commits: 3, authors: 2 });
    expect(audited.findings.history.hot_spots.files[0]).toMatchObject({ path: 'src/part-1.ts', changes: 3 });
  });
});

const own = existsSync(join(ROOT, '.git'));
describe.runIf(own)('an audit of this project by itself, in a clone with nothing installed', () => {
  let audited: Audited;
  let repository = '';
  beforeAll(async () => {
    repository = ownRepository() ?? '';
    audited = await audit(repository, EXAMPLE);
  });
  holds(
    () => audited,
    () => repository,
  );
});

describe('the published schema of events', () => {
  it('is what `tutti schema events` prints', async () => {
    const { stdout } = await tutti(['schema', 'events']);
    expect(JSON.parse(stdout)).toEqual(published);
  });

  const event = { v: 1, type: 'step.ready', time: '2026-01-02T03:04:05.678Z', run: 'r', seq: 1 };
  it.each([
    ['a whole event', { ...event, data: { step: 'a', agent: 'b' } }, true],
    ['keys of a later version', { ...event, data: { step: 'a', agent: 'b', more: 1 }, more: 1 }, true],
    ['a type that is none', { ...event, type: 'step.dreamt', data: { step: 'a', agent: 'b' } }, false],
    ['no time', { ...event, time: undefined, data: { step: 'a', agent: 'b' } }, false],
    ['a time that is none', { ...event, time: 'yesterday', data: { step: 'a', agent: 'b' } }, false],
    ['data of another type', { ...event, data: { fraction: 1 } }, false],
    ['a wrong type of data', { ...event, data: { step: 1, agent: 'b' } }, false],
    ['another version', { ...event, v: 2, data: { step: 'a', agent: 'b' } }, false],
  ])('judges %s', (_name, value, valid) => {
    expect(schema.validate(JSON.parse(JSON.stringify(value))).valid).toBe(valid);
  });
});

describe('agents at one moment', () => {
  const at = (type: string, second: number) => ({ type, time: `2026-01-01T00:00:0${second}.000Z` }) as TuttiEvent;
  it('are counted by their times: one that starts when another ends does not overlap it', () => {
    expect(mostAtOnce([at('step.started', 1), at('step.succeeded', 2), at('step.started', 2)])).toBe(1);
    expect(mostAtOnce([at('step.started', 1), at('step.started', 2), at('step.succeeded', 3)])).toBe(2);
  });
});

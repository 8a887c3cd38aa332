import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { openRepository } from '../git/repository.ts';
import { readDependencies } from '../readers/dependencies.ts';
import { readDocs } from '../readers/docs.ts';
import { readHistory } from '../readers/history.ts';
import { readLanguages } from '../readers/languages.ts';
import { readMarkers } from '../readers/markers.ts';
import { readTests } from '../readers/tests.ts';
import { mixedRepository, quietWork } from '../testing/scratch-repository.ts';
import { code, plain, table } from './markdown.ts';
import { describeProject } from './overview.ts';
import { assemble } from './report.ts';
import { asMarkdown } from './report-markdown.ts';
import { findRisks, type RiskInput } from './risk.ts';

const work = quietWork();

const calm: RiskInput = {
  history: {
    totals: { commits: 100, authors: 5, bus_factor: 3, shallow: false },
    top_authors: [{ name: 'Ada', commits: 30, share: 0.3 }],
    hot_spots: { commits: 100, exact: true, files: [{ path: 'src/pool.ts', changes: 9, tracked: true }] },
  },
  tests: { totals: { test_files: 9, source_files: 9, cases: 30 }, stems: ['pool'], stems_complete: true },
  markers: { totals: { marked_lines: 0, files: 0, secrets: 0, secret_samples: 2 }, top_files: [] },
};

const riskIds = (change: Partial<RiskInput>): string[] => findRisks({ ...calm, ...change }).risks.map(({ id }) => id);

describe('risks', () => {
  test('a calm project has none', () => {
    expect(findRisks(calm)).toEqual({ score: 0, risks: [] });
  });

  test('secret-like strings come first and weigh most', () => {
    const markers = { ...calm.markers, totals: { ...calm.markers.totals, secrets: 1 } };
    const history = { ...calm.history, totals: { ...calm.history.totals, shallow: true } };
    expect(riskIds({ markers, history })).toEqual(['secret-strings', 'shallow-clone']);
    expect(findRisks({ ...calm, markers, history }).score).toBe(35);
  });

  test('a hot spot without a test of its name is one, unless the list of tests was cut', () => {
    expect(riskIds({ tests: { ...calm.tests, stems: [] } })).toEqual(['untested-hot-spots']);
    expect(riskIds({ tests: { ...calm.tests, stems: [], stems_complete: false } })).toEqual([]);
  });

  test('a hot spot full of to-dos joins history and markers', () => {
    const markers = { ...calm.markers, top_files: [{ path: 'src/pool.ts', lines: 4 }] };
    expect(riskIds({ markers })).toEqual(['marked-hot-spots']);
  });

  test('no tests at all is worse than few', () => {
    expect(riskIds({ tests: { ...calm.tests, totals: { test_files: 0, source_files: 9, cases: 0 } } })).toContain(
      'no-tests',
    );
    expect(riskIds({ tests: { ...calm.tests, totals: { test_files: 1, source_files: 9, cases: 3 } } })).toEqual([
      'few-tests',
    ]);
  });

  test('one author is a risk only where the history is long enough to tell', () => {
    const totals = { commits: 100, authors: 1, bus_factor: 1, shallow: false };
    expect(riskIds({ history: { ...calm.history, totals } })).toEqual(['one-author']);
    expect(riskIds({ history: { ...calm.history, totals: { ...totals, commits: 5 } } })).toEqual([]);
  });
});

describe('the report', () => {
  test('joins every finding, and its text shows odd file names as they are', async () => {
    const scratch = mixedRepository();
    const repository = await openRepository(scratch.root, work.signal);
    const languages = await readLanguages(repository, work);
    const dependencies = await readDependencies(repository, work);
    const history = await readHistory(repository, work);
    const tests = await readTests(repository, work);
    const markers = await readMarkers(repository, work);
    const docs = await readDocs(repository, work);
    const overview = describeProject({ languages, dependencies, docs });
    const risk = findRisks({ history, tests, markers });
    const found = { languages, dependencies, history, tests, markers, docs, overview, risk };
    const audit = assemble(repository.root, repository.head, found);
    const text = asMarkdown(audit);
    const files = execFileSync('git', ['-C', scratch.root, 'ls-files'], { encoding: 'utf8' }).split('\n').length - 1;
    expect(audit.missing).toEqual([]);
    expect(text).toContain(`**${files} tracked files**`);
    expect(text).toContain('`zeilen\\numbruch.md`');
    expect(text).not.toContain('undefined');
    expect(text.split('\n').filter((line) => line.startsWith('## ')).length).toBe(9);
  });

  test('of a part of the findings says what is missing and goes on', () => {
    const audit = assemble('/somewhere', undefined, { risk: findRisks(calm) });
    expect(audit.missing).toEqual(['languages', 'dependencies', 'history', 'tests', 'markers', 'docs', 'overview']);
    expect(audit.definitions).toEqual([]);
    expect(asMarkdown(audit)).toContain('This part of the audit gave no result.');
  });
});

describe('text from a repository inside Markdown', () => {
  test('shapes nothing outside its place', () => {
    expect(plain('a_b*c* <img> [x](y)\n# z')).toBe('a\\_b\\*c\\* \\<img\\> \\[x\\](y)\\\\n# z');
    expect(code('a`b``c')).toBe('``` a`b``c ```');
    expect(table(['Name'], [[code('a|b')]])).toContain('| `a\\|b` |');
  });
});

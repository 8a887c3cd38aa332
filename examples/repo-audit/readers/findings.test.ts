import { describe, expect, test } from 'vitest';
import { openRepository } from '../git/repository.ts';
import { quietWork, scratchRepository } from '../testing/scratch-repository.ts';
import { readDependencies } from './dependencies.ts';
import { readDocs } from './docs.ts';
import { busFactor } from './history.ts';
import { languageOf } from './language-table.ts';
import { readMarkers } from './markers.ts';
import { isTestPath, readTests, stemOf } from './tests.ts';

const work = quietWork();

async function repositoryWith(files: Readonly<Record<string, string>>) {
  const scratch = scratchRepository();
  for (const [path, text] of Object.entries(files)) scratch.write(path, text);
  scratch.commit('Ada');
  return openRepository(scratch.root, work.signal);
}

describe('dependencies', () => {
  test('are read from the manifests of many ecosystems, once per name', async () => {
    const found = await readDependencies(
      await repositoryWith({
        'package.json': JSON.stringify({
          license: 'MIT',
          dependencies: { a: '^1', b: '*' },
          devDependencies: { a: '1', c: '2' },
        }),
        'inner/package.json': JSON.stringify({ dependencies: { a: '^1' } }),
        'requirements-dev.txt': '# tools\nFlask[async]>=2.0 ; python_version > "3"\n-r other.txt\n\nrequests\n',
        'pyproject.toml': '[project]\nlicense = "BSD-3-Clause"\ndependencies = [\n  "httpx>=0.2",\n  "rich",\n]\n',
        'Cargo.toml':
          '[package]\nlicense = "MIT"\n[dependencies]\nserde = { version = "1" }\n[dev-dependencies]\nrand = "0.8"\n',
        'go.mod':
          'module x\nrequire (\n\tgithub.com/a/b v1.2.3\n\tgolang.org/x/c v0.1.0 // indirect\n)\nrequire one.dev/d v2.0.0\n',
        'pom.xml':
          '<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version></dependency></dependencies></project>',
        Gemfile: "gem 'rails', '~> 7'\n",
        'package-lock.json': '{}',
        'node_modules/x/package.json': '{"dependencies":{"evil":"1"}}',
      }),
      work,
    );
    const rows = Object.fromEntries(found.ecosystems.map((row) => [row.ecosystem, row]));
    expect(rows['npm']).toMatchObject({ manifests: 2, runtime: 2, development: 1 });
    expect(rows['pip']).toMatchObject({ manifests: 2, runtime: 4 });
    expect(rows['cargo']).toMatchObject({ runtime: 1, development: 1 });
    expect(rows['go']).toMatchObject({ runtime: 3 });
    expect(rows['maven']).toMatchObject({ runtime: 1 });
    expect(rows['rubygems']).toMatchObject({ runtime: 1 });
    expect(found.totals).toMatchObject({ manifests: 8, lock_files: 1, vendored: 1, unreadable: 0 });
    expect(found.most_used[0]).toEqual({ name: 'a', manifests: 2 + 1 });
    expect(found.unpinned).toEqual(['b']);
  });

  test('of a manifest that is broken are counted as unreadable, not dropped in silence', async () => {
    const found = await readDependencies(await repositoryWith({ 'package.json': '{ "dependencies": ' }), work);
    expect(found.totals).toMatchObject({ manifests: 0, unreadable: 1 });
  });

  test('may be called like a part of every object', async () => {
    const text = '{"dependencies":{"__proto__":"1","constructor":"2"}}';
    const found = await readDependencies(await repositoryWith({ 'package.json': text }), work);
    expect(found.most_used.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  });

  test('licences are told by their text and by their manifests', async () => {
    const found = await readDependencies(
      await repositoryWith({
        LICENSE: 'Permission is hereby granted, free of charge, to any person obtaining a copy of this software',
        'COPYING.lib': 'GNU LESSER GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007',
        'licence.txt': 'You may do as you please.',
        'package.json': '{"license":"Apache-2.0"}',
      }),
      work,
    );
    expect(found.licences).toEqual([
      { licence: 'LGPL-3.0', source: 'COPYING.lib' },
      { licence: 'MIT', source: 'LICENSE' },
      { licence: 'unknown', source: 'licence.txt' },
      { licence: 'Apache-2.0', source: 'package.json' },
    ]);
  });
});

describe('secret-like strings', () => {
  // Put together here, so that no scanner takes this file for a leak.
  const key = `AKIA${'Q7ZT3WN5PLM2VX8B'}`;

  test('are found with their place, and never shown whole', async () => {
    const value = 'correct-horse-battery';
    const repository = await repositoryWith({
      'a.py': `x = 1\nkey = '${key}'\n`,
      'odd\nname.ts': `password: "${value}"\n`,
    });
    const { secrets, totals } = await readMarkers(repository, work);
    expect(totals).toMatchObject({ secrets: 2, secret_samples: 0 });
    expect(secrets[0]).toMatchObject({
      path: 'a.py',
      line: 2,
      kind: 'AWS access key id',
      redacted: 'AKIA… (20 characters)',
    });
    expect(secrets[1]).toMatchObject({ path: 'odd\nname.ts', line: 1, kind: 'value of a secret name' });
    expect(JSON.stringify(secrets)).not.toContain(key);
    expect(JSON.stringify(secrets)).not.toContain(value);
  });

  test('that read like samples are counted apart', async () => {
    const text = "password = 'change-me-please'\n";
    const { totals } = await readMarkers(await repositoryWith({ 'a.py': text }), work);
    expect(totals).toMatchObject({ secrets: 0, secret_samples: 1 });
  });
});

describe('tests', () => {
  test('are found by name or folder, cases by how they begin', async () => {
    const repository = await repositoryWith({
      'src/pool.ts': 'export const pool = 1;\n',
      'src/pool.test.ts': "test('a', () => {});\n  it.each([1])('b', () => {});\n// test(\n",
      'tests/test_api.py': 'def test_one():\n    pass\nasync def test_two():\n    pass\n',
      'pkg/api_test.go': 'func TestApi(t *testing.T) {}\nfunc helper() {}\n',
      'src/lib.rs': '#[test]\nfn one() {}\n#[tokio::test]\nasync fn two() {}\n',
    });
    const found = await readTests(repository, work);
    expect(found.totals).toEqual({ test_files: 3, source_files: 2, cases: 7 });
    expect(found.stems.toSorted()).toEqual(['api', 'pool']);
  });

  test('a path is told to be a test by its name or a folder above it', () => {
    const paths = ['a.spec.js', 'test_a.py', 'a_test.go', 'ATest.java', 'test/a.c', 'src/__tests__/a.ts'];
    expect(paths.filter(isTestPath)).toEqual(paths);
    expect(['contest.ts', 'latest/a.ts', 'attest.go', 'Protest.java'].filter(isTestPath)).toEqual([]);
    expect(stemOf('src/Pool.test.ts')).toBe('pool');
  });
});

describe('documentation', () => {
  test('the headings of the README are read outside its code blocks, and what is missing is named', async () => {
    const readme = '# Thing #\n\n```sh\n# no heading\n```\n\nUsage\n-----\n\n~~~\n```\n# neither\n~~~\n## Licence\n';
    const found = await readDocs(await repositoryWith({ 'README.md': readme, 'docs/a.md': '# A\n' }), work);
    expect(found.readme).toMatchObject({
      headings: ['Thing', 'Usage', 'Licence'],
      missing_sections: ['install', 'contributing'],
    });
    expect(found.totals).toMatchObject({ doc_files: 2, docs_folder_files: 1, doc_lines: 14 + 1 });
  });
});

test('the bus factor is the fewest authors with more than half of the commits', () => {
  const authors = (...commits: number[]) => new Map(commits.map((made, index) => [`a${index}`, made]));
  expect(busFactor(authors(6, 4), 10)).toBe(1);
  expect(busFactor(authors(5, 5), 10)).toBe(2);
  expect(busFactor(authors(4, 3, 3), 10)).toBe(2);
});

test('a language is told by the whole name before the extension', () => {
  const names = ['Makefile', 'CMakeLists.txt', 'a/b.TS', 'x.tar.gz', '.gitignore', 'no-extension', '__proto__'];
  expect(names.map((name) => languageOf(name).name)).toEqual([
    ...['Make', 'CMake', 'TypeScript', 'Other', 'INI', 'Other', 'Other'],
  ]);
});

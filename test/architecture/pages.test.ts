import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './tree.ts';

const pagesIn = (folder: string): string[] =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const PAGES = ['README.md', ...pagesIn('docs'), ...pagesIn('docs/adr')];
const read = (page: string): string => readFileSync(join(REPOSITORY, page), 'utf8');

/** Paths of the repository that a page names in backticks, less those with a placeholder in them. */
function* pathsNamed(page: string): Generator<string> {
  for (const [, path = ''] of read(page).matchAll(/`((?:packages|apps|test|examples|docs|deploy)\/[\w./-]+)`/g))
    yield path;
}

function* links(page: string): Generator<string> {
  for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (!/^[a-z]+:/.test(target)) yield target;
  }
}

describe.each(PAGES)('%s', (page) => {
  it('names only paths that exist', () => {
    // The page of the status speaks of what is still missing.
    const missing = [...pathsNamed(page)].filter((path) => !existsSync(join(REPOSITORY, path)));
    expect(page === 'docs/STATUS.md' ? [] : missing).toEqual([]);
  });
  it('links only to pages that exist', () => {
    const missing = [...links(page)].filter((target) => !existsSync(join(REPOSITORY, dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

describe('the decisions', () => {
  const files = readdirSync(join(REPOSITORY, 'docs/adr')).filter(
    (name) => /^\d{4}-/.test(name) && !name.startsWith('0000'),
  );
  it('are numbered without a gap and have the parts of the template', () => {
    expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
    for (const file of files) {
      for (const part of ['Status:', '## Context', '## Decision', '## Consequences'])
        expect(read(`docs/adr/${file}`)).toContain(part);
    }
  });
});

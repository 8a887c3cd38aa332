/** docs/specification.md against the specification's own blocks and against what the linter says of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIXED_VALUES } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from './tree.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

interface Row {
  /** From the file's root, with dots; `*` is any key. */
  readonly key: string;
  readonly says: string;
}

/** The rows of the page: a row may name several keys, and a key stands for all below it. */
function rowsOf(page: string): readonly Row[] {
  let block = '';
  return page.split('\n').flatMap((line) => {
    block = /^## `(\w+)`$/.exec(line)?.[1] ?? block;
    const [, keys = '', says = ''] = /^\| (`.*`) \| (.*) \|$/.exec(line) ?? [];
    return [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => ({ key: `${block}.${key}`, says }));
  });
}

/** Every key that holds a text, a number, a truth or a list of those. */
function leaves(value: unknown, at: readonly string[] = []): readonly string[] {
  const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value);
  return isLeaf ? [at.join('.')] : Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...at, key]));
}

const covers = (row: string, path: string): boolean => {
  const parts = path.split('.');
  return row.split('.').every((part, place) => part === '*' || part === parts[place]);
};

const rows = rowsOf(read('docs/specification.md'));
const paths = leaves(parse(read('test/e2e/fixtures/seed-blocks.yaml')));
const isOneWay = (path: string): boolean => rows.some(({ key, says }) => covers(key, path) && /^one way/.test(says));

describe('the page of the blocks', () => {
  it('says of every key of the specification what it does', () => {
    expect(paths.filter((path) => !rows.some(({ key }) => covers(key, path)))).toEqual([]);
  });

  it('names no key that the specification does not have', () => {
    expect(rows.filter(({ key }) => !paths.some((path) => covers(key, path))).map(({ key }) => key)).toEqual([]);
  });

  it('calls one way what the linter calls so, and nothing else', () => {
    const isFixed = (path: string): boolean => FIXED_VALUES.some((fixed) => covers(fixed.path, path));
    expect(paths.filter((path) => isOneWay(path) !== isFixed(path))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holesInLock, loosePins, undeclaredImports, unusedDependencies } from './rules/manifests.ts';
import { loadTree, REPOSITORY, treeOf } from './tree.ts';

const tree = loadTree();

describe('the repository', () => {
  it('declares every package that it imports, where it imports it', () => {
    expect(undeclaredImports(tree)).toEqual([]);
  });

  it('declares no package that it never imports', () => {
    expect(unusedDependencies(tree)).toEqual([]);
  });

  it('pins the packages whose inside it leans on', () => {
    expect(loosePins(tree)).toEqual([]);
  });

  it('has a lock file that npm ci accepts: what it names, it holds', () => {
    expect(holesInLock(JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')))).toEqual([]);
  });
});

describe('the rules of manifests', () => {
  const manifest = (dependencies: Record<string, string>) => JSON.stringify({ name: '@tutti/bus', dependencies });

  it('refuse an import that only the root or a sibling declares', () => {
    const files = {
      'packages/bus/package.json': manifest({ zod: '^4.0.0' }),
      'packages/bus/src/a.ts': "import 'zod/v4'; import 'node:fs'; import 'fs'; import './b.ts'; import 'yaml';",
      'packages/bus/src/a.test.ts': "import 'vitest';",
    };
    expect(undeclaredImports(treeOf(files))).toEqual([
      "packages/bus/src/a.ts:1: 'yaml' is not a dependency in packages/bus/package.json",
    ]);
  });

  it('refuse a dependency that nothing imports', () => {
    const files = {
      'packages/bus/package.json': manifest({ zod: '^4.0.0', yaml: '^2.0.0' }),
      'packages/bus/src/a.ts': "import type { Z } from 'zod';",
    };
    expect(unusedDependencies(treeOf(files))).toEqual([
      "packages/bus/package.json: 'yaml' is declared and never imported",
    ]);
  });

  it('refuse a range where one exact version is meant', () => {
    expect(loosePins(treeOf({ 'packages/bus/package.json': manifest({ xstate: '^5.33.3' }) }))).toHaveLength(1);
    expect(loosePins(treeOf({ 'packages/bus/package.json': manifest({ xstate: '5.33.3' }) }))).toEqual([]);
  });

  it('refuse a lock file that names a package it does not hold', () => {
    const lint = { optionalDependencies: { 'lint-mac': '1.0.0', 'lint-linux': '1.0.0' } };
    const packages = { 'node_modules/lint': lint, 'node_modules/lint/node_modules/lint-linux': {} };
    expect(holesInLock({ packages })).toEqual([
      "package-lock.json: 'node_modules/lint' needs 'lint-mac', which has no entry",
    ]);
    expect(holesInLock({ packages: { ...packages, 'node_modules/lint-mac': {} } })).toEqual([]);
    expect(holesInLock({ packages: { 'node_modules/lint': { ...lint, optional: true } } })).toEqual([]);
  });
});

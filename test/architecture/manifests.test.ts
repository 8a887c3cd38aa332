import { describe, expect, it } from 'vitest';
import { loosePins, undeclaredImports, unusedDependencies } from './rules/manifests.ts';
import { loadTree, treeOf } from './tree.ts';

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
});

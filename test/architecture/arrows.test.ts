import { describe, expect, it } from 'vitest';
import { ARROWS, cyclesInTable, fileCycles, forbiddenArrows, packageCycles, sideDoors } from './rules/arrows.ts';
import { loadTree, treeOf } from './tree.ts';

const tree = loadTree();

describe('the repository', () => {
  it('was read: every room of the table has sources', () => {
    const rooms = new Set(tree.sources.map((source) => source.room));
    expect(Object.keys(ARROWS).filter((room) => !rooms.has(room))).toEqual([]);
  });

  it('has no arrow that points up or sideways', () => {
    expect(forbiddenArrows(tree)).toEqual([]);
  });

  it('has no import round the front door of a package', () => {
    expect(sideDoors(tree)).toEqual([]);
  });

  it('has no cycle in the table of arrows, between packages or between files', () => {
    expect(cyclesInTable(ARROWS)).toEqual([]);
    expect(packageCycles(tree)).toEqual([]);
    expect(fileCycles(tree)).toEqual([]);
  });
});

describe('the rule of arrows', () => {
  const refusal = (path: string, text: string) => forbiddenArrows(treeOf({ [path]: text }));

  it('refuses an arrow that points up, in every form an import has', () => {
    const path = 'packages/kernel/src/a.ts';
    expect(refusal(path, "import { x } from '@tutti/cluster';")).toEqual([
      "packages/kernel/src/a.ts:1: 'kernel' must not import '@tutti/cluster'",
    ]);
    expect(refusal(path, "import type { X } from '@tutti/agent';")).toHaveLength(1);
    expect(refusal(path, "export * from '@tutti/agent';")).toHaveLength(1);
    expect(refusal(path, "const x = await import('@tutti/agent');")).toHaveLength(1);
    expect(refusal(path, "type X = import('@tutti/agent').X;")).toHaveLength(1);
    expect(refusal(path, "import '@tutti/agent';")).toHaveLength(1);
  });

  it('refuses an import between siblings, and by apps', () => {
    expect(refusal('packages/barrier/src/a.ts', "import '@tutti/context';")).toHaveLength(1);
    expect(refusal('packages/barrier/src/a.ts', "import '@tutti/cli';")).toHaveLength(1);
  });

  it('refuses a room that the table does not know', () => {
    expect(refusal('packages/attic/src/a.ts', 'export {};')).toHaveLength(1);
  });

  it('lets arrows point down, and tests (only tests) use the testkit', () => {
    expect(refusal('packages/kernel/src/a.ts', "import '@tutti/bus'; import '@tutti/kernel';")).toEqual([]);
    expect(refusal('packages/kernel/src/a.test.ts', "import '@tutti/testkit';")).toEqual([]);
    expect(refusal('packages/kernel/src/a.ts', "import '@tutti/testkit';")).toHaveLength(1);
  });
});

describe('the rule of front doors', () => {
  it('refuses a relative path into another package and a deep import', () => {
    const files = {
      'packages/bus/package.json': '{"exports":{".":{},"./conformance":{}}}',
      'packages/kernel/src/a.ts': "import '../../bus/src/port.ts';",
      'packages/kernel/src/b.ts': "import '@tutti/bus/src/port.ts';",
      'packages/kernel/src/c.ts': "import '@tutti/bus/conformance'; import './a.ts'; import '../src/b.ts';",
    };
    expect(sideDoors(treeOf(files)).map((line) => line.split(':')[0])).toEqual([
      'packages/kernel/src/a.ts',
      'packages/kernel/src/b.ts',
    ]);
  });
});

describe('the rule of cycles', () => {
  it('finds a ring of packages, types included', () => {
    const files = {
      'packages/bus/src/a.ts': "import type { K } from '@tutti/kernel';",
      'packages/kernel/src/a.ts': "import '@tutti/cache';",
      'packages/cache/src/a.ts': "export * from '@tutti/bus';",
    };
    expect(packageCycles(treeOf(files))).toEqual(['packages import each other: bus → kernel → cache → bus']);
  });

  it('finds a ring of files, and no ring where only types go back', () => {
    const ring = (back: string) =>
      fileCycles(
        treeOf({
          'packages/bus/src/a.ts': "import { b } from './deep/b.ts';",
          'packages/bus/src/deep/b.ts': back,
        }),
      );
    expect(ring("import { a } from '../a.ts';")).toHaveLength(1);
    expect(ring("import type { A } from '../a.ts';")).toEqual([]);
    expect(ring("import { type A } from '../a.ts';")).toEqual([]);
  });

  it('finds a ring in the table of arrows', () => {
    expect(cyclesInTable({ bus: ['cache'], cache: ['bus'] })).toEqual(['bus → cache → bus']);
  });
});

import { describe, expect, it } from 'vitest';
import { emptyFolderNames, longFiles, longFunctions, missingReadmes, uncheckedTypes } from './rules/walls.ts';
import { loadTree, treeOf } from './tree.ts';

const tree = loadTree();

describe('the repository', () => {
  it('has no file over 400 lines', () => {
    expect(longFiles(tree)).toEqual([]);
  });

  it('has no function over 70 lines', () => {
    expect(longFunctions(tree)).toEqual([]);
  });

  it('has no folder whose name says nothing', () => {
    expect(emptyFolderNames(tree)).toEqual([]);
  });

  it("has no 'any' and no non-null '!' outside tests", () => {
    expect(uncheckedTypes(tree)).toEqual([]);
  });

  it('has a README in every package and app', () => {
    expect(missingReadmes(tree)).toEqual([]);
  });
});

describe('the walls of size', () => {
  const lines = (count: number) => 'a;\n'.repeat(count);

  it('stand at 400 lines a file', () => {
    expect(longFiles(treeOf({ 'packages/bus/src/a.ts': lines(400) }))).toEqual([]);
    expect(longFiles(treeOf({ 'packages/bus/src/a.ts': lines(401) }))).toHaveLength(1);
  });

  it('stand at 70 lines a function, whatever its form', () => {
    const body = (count: number) => `{\n${lines(count)}}`;
    const found = (text: string) => longFunctions(treeOf({ 'packages/bus/src/a.ts': text })).length;
    expect(found(`function f() ${body(68)}`)).toBe(0);
    expect(found(`function f() ${body(69)}`)).toBe(1);
    expect(found(`const f = () => ${body(69)};`)).toBe(1);
    expect(found(`class C { m() ${body(69)} }`)).toBe(1);
    expect(found(`each(() => ${body(69)});`)).toBe(1);
  });

  it('let a describe of a test be long, and no named function beside it', () => {
    const text = `describe('x', () => {\n${lines(90)}});\nfunction f() {\n${lines(90)}}`;
    expect(longFunctions(treeOf({ 'packages/bus/src/a.test.ts': text }))).toHaveLength(1);
  });
});

describe('the other walls', () => {
  it('refuse a folder called utils anywhere in a path', () => {
    const files = { 'packages/bus/src/utils/deep/a.ts': '', 'test/helpers/b.ts': '', 'packages/bus/src/utils.ts': '' };
    expect(emptyFolderNames(treeOf(files))).toHaveLength(2);
  });

  it("refuse 'any' and '!' in code and let tests have them", () => {
    const text = 'const a = b as any;\nconst c = d!;\nlet e: any[];';
    expect(uncheckedTypes(treeOf({ 'packages/bus/src/a.ts': text }))).toHaveLength(3);
    expect(uncheckedTypes(treeOf({ 'packages/bus/src/a.test.ts': text }))).toEqual([]);
    expect(uncheckedTypes(treeOf({ 'packages/bus/src/a.ts': 'if (!a) b = "any!";' }))).toEqual([]);
  });

  it('refuse a package without a README', () => {
    const files = { 'packages/bus/package.json': '{}', 'apps/cli/package.json': '{}', 'apps/cli/README.md': '' };
    expect(missingReadmes(treeOf(files))).toEqual(['packages/bus/README.md: missing']);
  });
});

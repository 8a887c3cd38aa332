/** The walls of size and naming: where a file, a function or a folder has become too much. */
import ts from 'typescript';
import { at, nodesOf, type Source, type Tree } from '../tree.ts';

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** Names that say nothing about what is inside, so that everything ends up there. */
const EMPTY_NAMES = new Set(['utils', 'util', 'common', 'helpers', 'helper', 'misc']);

export function longFiles(tree: Tree): string[] {
  return tree.sources
    .map((source) => ({ source, lines: source.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ source, lines }) => `${source.path}: ${lines} lines, the wall is ${FILE_LINES_MAX}`);
}

/** In test files only named functions count: the callback of a `describe` is a chapter, not a function. */
export function longFunctions(tree: Tree): string[] {
  return tree.sources.flatMap((source) => {
    const found: string[] = [];
    for (const node of nodesOf(source)) {
      if (!isMeasured(source, node)) continue;
      const lines = lineOf(source, node.end) - lineOf(source, node.getStart(source.ast)) + 1;
      if (lines > FUNCTION_LINES_MAX) {
        found.push(`${at(source, node)}: a function of ${lines} lines, the wall is ${FUNCTION_LINES_MAX}`);
      }
    }
    return found;
  });
}

function isMeasured(source: Source, node: ts.Node): boolean {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return false;
  return !(source.isTest && ts.isCallExpression(node.parent));
}

function lineOf(source: Source, position: number): number {
  return source.ast.getLineAndCharacterOfPosition(position).line;
}

export function emptyFolderNames(tree: Tree): string[] {
  const folders = new Set(tree.paths.flatMap((path) => prefixesOf(path)));
  return [...folders]
    .filter((folder) => EMPTY_NAMES.has(folder.split('/').at(-1) ?? ''))
    .map((folder) => `${folder}/: name the folder for what it holds`);
}

function prefixesOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** `any` and the non-null `!` switch the type checker off where it is needed most. */
export function uncheckedTypes(tree: Tree): string[] {
  return tree.sources.flatMap((source) => {
    if (source.isTest) return [];
    const found: string[] = [];
    for (const node of nodesOf(source)) {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${at(source, node)}: 'any'; say 'unknown' and narrow it`);
      if (ts.isNonNullExpression(node)) found.push(`${at(source, node)}: non-null '!'; handle the missing case`);
    }
    return found;
  });
}

export function missingReadmes(tree: Tree): string[] {
  const paths = new Set(tree.paths);
  return tree.paths
    .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
    .map((path) => path.replace('package.json', 'README.md'))
    .filter((readme) => !paths.has(readme))
    .map((readme) => `${readme}: missing`);
}

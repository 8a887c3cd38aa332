/** The imports of a source, in every form the language has. */
import ts from 'typescript';
import { at, nodesOf, type Source } from './tree.ts';

export interface Import {
  readonly specifier: string;
  /** Named values brought in: `import { a, type T } from` gives `['a']`; `*` for a namespace, a default or a dynamic import. */
  readonly values: readonly string[];
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly at: string;
}

const cache = new WeakMap<Source, readonly Import[]>();

export function importsOf(source: Source): readonly Import[] {
  let found = cache.get(source);
  if (!found) {
    found = [...readImports(source)];
    cache.set(source, found);
  }
  return found;
}

function* readImports(source: Source): Generator<Import> {
  for (const node of nodesOf(source)) {
    const found = readImport(node);
    if (found) yield { ...found, at: at(source, node) };
  }
}

function readImport(node: ts.Node): Omit<Import, 'at'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, ...bindings(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, values: node.isTypeOnly ? [] : ['*'], typeOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && isLoad(node)) {
    const [argument] = node.arguments;
    if (argument && ts.isStringLiteralLike(argument)) {
      return { specifier: argument.text, values: ['*'], typeOnly: false };
    }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, values: [], typeOnly: true };
  }
  return undefined;
}

function isLoad(call: ts.CallExpression): boolean {
  const callee = call.expression;
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function bindings(clause: ts.ImportClause | undefined): Pick<Import, 'values' | 'typeOnly'> {
  if (!clause) return { values: ['*'], typeOnly: false };
  if (clause.isTypeOnly) return { values: [], typeOnly: true };
  const values = clause.name ? ['*'] : [];
  const named = clause.namedBindings;
  if (named && ts.isNamespaceImport(named)) values.push('*');
  if (named && ts.isNamedImports(named)) {
    for (const element of named.elements) {
      if (!element.isTypeOnly) values.push((element.propertyName ?? element.name).text);
    }
  }
  return { values, typeOnly: values.length === 0 };
}

/** `@tutti/bus/x` → `@tutti/bus`, `yaml/util` → `yaml`; undefined for a relative path or a Node module. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** The room a package of ours stands for: `@tutti/bus` → `bus`. */
export function roomNamed(specifier: string): string | undefined {
  const name = packageOf(specifier);
  if (!name?.startsWith('@tutti/')) return undefined;
  const room = name.slice('@tutti/'.length);
  return room.startsWith('example-') ? 'example' : room;
}

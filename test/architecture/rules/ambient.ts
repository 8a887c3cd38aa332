/**
 * Time, chance and output are inputs. A file that takes them from the air cannot be run the same way twice, so only
 * the adapters listed here may; the simulation replaces exactly those.
 */
import ts from 'typescript';
import { importsOf } from '../imports.ts';
import { at, nodesOf, type Source, type Tree } from '../tree.ts';

/** The one list of files that may touch the real clock, chance, timers and console, each with its reason. */
export const ADAPTERS: readonly { readonly files: RegExp; readonly why: string }[] = [
  { files: /\.adapter\.ts$/, why: 'says so in its name' },
  { files: /^packages\/kernel\/src\/adapters\//, why: 'the real clock, timers, chance and ids of production' },
  { files: /^packages\/bus\/src\/timers\.ts$/, why: "the system's timers and clock, named once and passed on" },
  { files: /^packages\/bus\/src\/nats\//, why: 'time-outs and pings of a real connection' },
  { files: /^packages\/testkit\//, why: 'launches servers and drives clocks' },
  { files: /^apps\//, why: 'composition: passes the real ones in' },
  { files: /^examples\//, why: "an agent author's own code" },
];

const AMBIENT_NAMES = new Set(['setTimeout', 'setInterval', 'console', 'performance', 'Date']);
const AMBIENT_MEMBERS = new Set([
  'Math.random',
  'process.hrtime',
  'process.uptime',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'AbortSignal.timeout',
]);
const AMBIENT_MODULES = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);
const RANDOM_OF_CRYPTO = new Set(['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues', 'webcrypto']);

export function ambientUses(tree: Tree): string[] {
  return tree.sources.flatMap((source) => {
    if (source.isTest || ADAPTERS.some(({ files }) => files.test(source.path))) return [];
    return [...ambientImports(source), ...ambientNodes(source)];
  });
}

const ADVICE = 'comes from the air; take it as an input, or move it to an adapter';

function ambientImports(source: Source): string[] {
  return importsOf(source).flatMap((imported) => {
    const random = imported.specifier.endsWith('crypto')
      ? imported.values.filter((name) => RANDOM_OF_CRYPTO.has(name))
      : [];
    const names = AMBIENT_MODULES.has(imported.specifier) && !imported.typeOnly ? [imported.specifier] : random;
    return names.map((name) => `${imported.at}: '${name}' ${ADVICE}`);
  });
}

function ambientNodes(source: Source): string[] {
  const found: string[] = [];
  for (const node of nodesOf(source)) {
    const name = ambientName(node);
    if (name !== undefined) found.push(`${at(source, node)}: '${name}' ${ADVICE}`);
  }
  return found;
}

function ambientName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText().replace(/^globalThis\./, '')}.${node.name.text}`;
    return AMBIENT_MEMBERS.has(name) ? name : undefined;
  }
  if (!ts.isIdentifier(node) || !AMBIENT_NAMES.has(node.text) || !isReference(node)) return undefined;
  return node.text === 'Date' && isPureDate(node) ? undefined : node.text;
}

/** Whether the identifier reads the global: not the name of a member, a declaration or a type. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node || parent.expression.getText() === 'globalThis';
  }
  if (ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isExpressionWithTypeArguments(parent)) return false;
  if (ts.isQualifiedName(parent) || ts.isImportSpecifier(parent) || ts.isBindingElement(parent)) return false;
  const named = parent as ts.Node & { readonly name?: ts.Node };
  return named.name !== node || ts.isShorthandPropertyAssignment(parent);
}

/** A date made from an argument, and reading a date's text, are arithmetic. */
function isPureDate(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent)) return (parent.arguments?.length ?? 0) > 0;
  if (ts.isPropertyAccessExpression(parent)) return ['parse', 'UTC', 'prototype'].includes(parent.name.text);
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
}

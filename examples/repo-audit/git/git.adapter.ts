/**
 * The only place that starts a process. Everything is read from git's own output, NUL separated where paths are in it,
 * so a file name may hold spaces, quotes, newlines or bytes that are no text.
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { splitRecords } from './records.ts';

const NUL = 0;
const STDERR_BYTES = 4096;
const TEXT_BYTES = 4 * 1024 * 1024;

export class GitError extends Error {
  override readonly name = 'GitError';
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

export interface GitStreamOptions {
  readonly signal: AbortSignal;
  /** Byte that ends a record; NUL unless told. */
  readonly separator?: number;
  /** Exit codes that are no error; `git grep` ends 1 when it finds nothing. */
  readonly accepts?: readonly number[];
}

/** What the user's or the repository's configuration could change about git's output, or make git run, is switched off. */
const FIXED = [
  ...['--no-pager', '--no-optional-locks', '--no-replace-objects'],
  ...['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', '-c', 'color.ui=false'],
  ...['-c', 'grep.lineNumber=false', '-c', 'grep.column=false', '-c', 'grep.fullName=false'],
  ...['-c', 'grep.patternType=default', '-c', 'log.showSignature=false', '-c', 'diff.relative=false'],
];

/** The variables by which a git hook would point us at another repository are left out. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(own), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' };
}

const asArguments = (root: string, args: readonly string[]): string[] => [...FIXED, '-C', root, ...args];

/** The records of a git command as they come, in bounded memory. Leaving the loop early ends the process. */
export async function* gitRecords(
  root: string,
  args: readonly string[],
  options: GitStreamOptions,
): AsyncGenerator<Buffer> {
  options.signal.throwIfAborted();
  const child = spawn('git', asArguments(root, args), {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  const ended = whenEnded(child);
  try {
    yield* splitRecords(child.stdout, options.separator ?? NUL);
    const { code, stderr, error } = await ended;
    options.signal.throwIfAborted();
    if (error !== undefined) throw asGitError(args, error);
    if (code !== 0 && !options.accepts?.includes(code ?? -1)) throw failed(args, code, stderr);
  } finally {
    if (child.exitCode === null) child.kill();
    await ended;
  }
}

/** The output of a git command whose answer is known to be short. */
export async function gitText(root: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const options = { env: environment(), maxBuffer: TEXT_BYTES, signal };
    const { stdout } = await promisify(execFile)('git', asArguments(root, args), options);
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    throw asGitError(args, error);
  }
}

interface Ending {
  readonly code: number | null;
  readonly stderr: string;
  readonly error: Error | undefined;
}

/** Never rejects: an end by error is data, because the reader of stdout may have failed first. */
function whenEnded(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ending> {
  let stderr = '';
  let error: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < STDERR_BYTES) stderr += text.slice(0, STDERR_BYTES);
  });
  return new Promise((resolve) => {
    child.on('error', (cause) => {
      error = cause;
      if (child.pid === undefined) resolve({ code: null, stderr, error });
    });
    child.on('close', (code) => resolve({ code, stderr, error }));
  });
}

function failed(args: readonly string[], code: number | null, stderr: string): GitError {
  const said = stderr.trim() || 'it said nothing';
  return new GitError(`git ${args[0] ?? ''} ended with ${code ?? 'a signal'}: ${said}`, code ?? undefined);
}

function asGitError(args: readonly string[], error: unknown): GitError {
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  if (code === 'ENOENT') return new GitError('The program git was not found; install git, then try again.', undefined);
  if (typeof code === 'number') return failed(args, code, typeof stderr === 'string' ? stderr : '');
  return new GitError(`git ${args[0] ?? ''} failed: ${String(error)}`, undefined, error);
}

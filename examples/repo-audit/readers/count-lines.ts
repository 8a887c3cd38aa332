import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { inParallel } from '../git/records.ts';
import { grep, type Repository } from '../git/repository.ts';

const NEWLINE = 0x0a;
const SLASH = Buffer.from('/');
const CHUNK_BYTES = 256 * 1024;
/** Files read at once. The work is waiting for the disk; more would only take memory. */
const READERS = 4;
/** A tracked file may have become a link or a pipe meanwhile: links are not followed, pipes not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface CountedFile {
  readonly path: string;
  /** Newline characters, as `wc -l` counts them. */
  readonly lines: number;
  readonly bytes: number;
}

/**
 * Counts the lines of the tracked text files, one file after another in no order. Text is what `git grep -I` takes for
 * text; the paths are those that `git grep -I -l -e ''` lists, so empty files are not among them.
 */
export async function countTextFiles(
  repository: Repository,
  pathspecs: readonly string[],
  signal: AbortSignal,
  each: (file: CountedFile) => void,
): Promise<void> {
  const args = ['-l', '-e', '', ...(pathspecs.length === 0 ? [] : ['--', ...pathspecs])];
  const buffers = Array.from({ length: READERS }, () => Buffer.allocUnsafe(CHUNK_BYTES));
  const root = Buffer.from(repository.root);
  await inParallel(grep(repository, args, signal), READERS, async (path, worker) => {
    signal.throwIfAborted();
    const counted = await countFile(Buffer.concat([root, SLASH, path]), buffers[worker] ?? Buffer.alloc(CHUNK_BYTES));
    if (counted !== undefined) each({ path: path.toString('utf8'), ...counted });
  });
}

/** Nothing when the file is gone or is no file any more since git listed it. */
async function countFile(path: Buffer, buffer: Buffer): Promise<{ lines: number; bytes: number } | undefined> {
  const file = await open(path, FLAGS).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    let lines = 0;
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return { lines, bytes };
      bytes += bytesRead;
      lines += newlines(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

function newlines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** Reading the files that a person names, with every refusal told in their words. */
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { TuttiError } from '@tutti/contracts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'its links go in a circle',
  ENAMETOOLONG: 'its name is too long',
};

function refuse(file: string, reason: string, cause?: unknown): TuttiError {
  return new TuttiError('bad_file', `Cannot read ${file}: ${reason}`, { details: { file }, cause });
}

/**
 * The bytes of a regular file of at most `limitBytes`. The size is asked for before anything is read, and no more than
 * the limit is ever read, should the file grow meanwhile. Rejects with `bad_file`.
 */
export async function readLimited(path: string, limitBytes: number, name = path): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) throw refuse(name, 'it is a directory');
      if (!stat.isFile()) throw refuse(name, 'it is not a regular file');
      if (stat.size > limitBytes) throw tooLarge(name, stat.size, limitBytes);
      const buffer = new Uint8Array(Math.min(stat.size + 1, limitBytes + 1));
      const { bytesRead } = await readFully(file, buffer);
      if (bytesRead > limitBytes) throw tooLarge(name, bytesRead, limitBytes);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TuttiError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const known = REASONS[code];
    if (known !== undefined) throw refuse(name, known);
    throw refuse(name, error instanceof Error ? error.message : String(error), error);
  }
}

function tooLarge(name: string, bytes: number, limitBytes: number): TuttiError {
  const message = `Cannot read ${name}: it has ${bytes} bytes, and the limit is ${limitBytes}`;
  return new TuttiError('bad_file', message, { details: { file: name, bytes, limitBytes } });
}

async function readFully(
  file: { read(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesRead: number }> },
  buffer: Uint8Array,
): Promise<{ bytesRead: number }> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return { bytesRead: filled };
}

/** Whether a folder stands at a path. */
export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The text of a regular file of at most `limitBytes`; undefined where there is none, or none that may be read. */
export function readTextNow(path: string, limitBytes: number): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= limitBytes ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Throws `bad_file` when there is nothing at a path: whoever waits for it to change would wait for ever. */
export function assertFile(path: string, name: string): void {
  if (!isFile(path)) throw refuse(name, 'there is no such file');
}

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Writes a file whole or not at all: to a file of its own beside it, then renamed. `writer` keeps two attempts that write
 * at once apart, so the last one to finish wins with a whole file.
 * @returns the absolute path.
 */
export async function writeWhole(path: string, text: string, writer: string, signal: AbortSignal): Promise<string> {
  const target = resolve(path);
  const temporary = `${target}.${writer.replace(/[^A-Za-z0-9_-]/g, '-').slice(-80)}.tmp`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeFile(temporary, text, { encoding: 'utf8', signal });
    signal.throwIfAborted();
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  return target;
}

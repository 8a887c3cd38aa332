/** Where in an author's own code an error came from. */
import { fileURLToPath } from 'node:url';

/** Where Tutti itself stands, in a checkout: three folders above this file. */
const HOME = fileURLToPath(new URL('../../..', import.meta.url));
const OURS = [`${HOME}packages/`, `${HOME}apps/`];

/** An author looks for a place in the author's own files, not in ours or in what we stand on. */
const isForeign = (file: string): boolean =>
  file.startsWith('node:') || file.includes('/node_modules/') || OURS.some((folder) => file.startsWith(folder));
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\|node:)[^()]*?):(\d+):(\d+)\)?$/;

/** `file:line:col` of the first frame of a stack that is an author's; undefined when there is none. */
export function placeOf(error: unknown): string | undefined {
  const stack = typeof error === 'object' && error !== null ? (error as Error).stack : undefined;
  for (const text of String(stack ?? '').split('\n')) {
    const [, file, line, col] = FRAME.exec(text.trim()) ?? [];
    if (file === undefined) continue;
    const path = file.startsWith('file://') ? fileURLToPath(file) : file;
    if (!isForeign(path)) return `${path}:${line}:${col}`;
  }
  return undefined;
}

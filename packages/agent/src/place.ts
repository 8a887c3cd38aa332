/** Where in an author's own code an error came from. */
import { fileURLToPath } from 'node:url';

/** Folders of Tutti itself and of what it stands on: an author looks for a place in the author's own files. */
const FOREIGN = /(^node:|\/node_modules\/|\/packages\/[a-z]+\/(src|dist)\/|\/apps\/[a-z]+\/(src|dist|bin)\/)/;
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\|node:)[^()]*?):(\d+):(\d+)\)?$/;

/** `file:line:col` of the first frame of a stack that is an author's; undefined when there is none. */
export function placeOf(error: unknown): string | undefined {
  const stack = typeof error === 'object' && error !== null ? (error as Error).stack : undefined;
  for (const text of String(stack ?? '').split('\n')) {
    const [, file, line, col] = FRAME.exec(text.trim()) ?? [];
    if (file === undefined || FOREIGN.test(file)) continue;
    return `${file.startsWith('file://') ? fileURLToPath(file) : file}:${line}:${col}`;
  }
  return undefined;
}

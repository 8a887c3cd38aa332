/** Where in an author's own code an error came from. */
import { fileURLToPath } from 'node:url';

/** Where Tutti itself stands, in a checkout: three folders above this file. */
const HOME = fileURLToPath(new URL('../../..', import.meta.url));
const OURS = [`${HOME}packages/`, `${HOME}apps/`];

/** An author looks for a place in the author's own files, not in ours or in what we stand on. */
const isForeign = (file: string): boolean =>
  file.startsWith('node:') || file.includes('/node_modules/') || OURS.some((folder) => file.startsWith(folder));
const FRAME = /^at (?:async )?(?:[^(]*\()?((?:file:\/\/|\/|[A-Za-z]:\\|node:)[^()]*?):(\d+):(\d+)\)?$/;
/** Characters of a stack that are looked at, and of one frame: an author's message may be of any length and say anything. */
const MOST_CHARS = 16_384;
const FRAME_CHARS = 1_024;

/** `file:line:col` of the first frame of a stack that is an author's; undefined when there is none. Never throws. */
export function placeOf(error: unknown): string | undefined {
  for (const line of framesOf(error)) {
    const [, file, row, col] = FRAME.exec(line) ?? [];
    const path = file === undefined ? undefined : pathOf(file);
    if (path !== undefined && !isForeign(path)) return `${path}:${row}:${col}`;
  }
  return undefined;
}

/** The lines behind the message, which may look like frames itself. */
function framesOf(error: unknown): readonly string[] {
  try {
    const { name, message, stack } = error as Error;
    const text = String(stack ?? '');
    const head = `${name}: ${message}`;
    const behind = text.startsWith(head)
      ? text.slice(head.length, head.length + MOST_CHARS)
      : text.slice(0, MOST_CHARS);
    return behind
      .split('\n')
      .filter(({ length }) => length <= FRAME_CHARS)
      .map((line) => line.trim());
  } catch {
    return [];
  }
}

function pathOf(file: string): string | undefined {
  try {
    return file.startsWith('file://') ? fileURLToPath(file) : file;
  } catch {
    return undefined;
  }
}

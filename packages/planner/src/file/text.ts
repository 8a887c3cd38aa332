import { type Place, WORKFLOW_LIMITS } from '@tutti/contracts';
import type { FindingList } from './findings.ts';
import { placeAt } from './scan.ts';

/**
 * Bytes or text as clean text, or undefined with the reason found. Size comes first, so that nothing large is looked at.
 * Accepted is UTF-8 with or without a byte order mark and without control characters; nothing is guessed.
 */
export function cleanText(input: string | Uint8Array, findings: FindingList): string | undefined {
  const start = { file: findings.file, line: 1, col: 1 };
  if (input.length > WORKFLOW_LIMITS.fileBytes) return refuseSize(input.length, start, findings);
  const text = typeof input === 'string' ? input : decode(input, start, findings);
  if (text === undefined) return undefined;
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return isClean(body, findings) ? body : undefined;
}

function refuseSize(bytes: number, at: Place, findings: FindingList): undefined {
  const message = `the file has ${bytes} bytes; the limit is ${WORKFLOW_LIMITS.fileBytes}`;
  findings.add('file_too_large', at, message, { suggestion: 'split the workflow or move data out of it' });
  return undefined;
}

const SAVE_AS = { suggestion: 'save it as UTF-8' };

function decode(bytes: Uint8Array, at: Place, findings: FindingList): string | undefined {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) {
    findings.add('bad_encoding', at, 'the file is UTF-16; a workflow file is UTF-8', SAVE_AS);
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Decoded once more, with a mark for each byte that is none: the first mark is the place.
    const marked = new TextDecoder('utf-8').decode(bytes);
    const place = placeAt(marked, Math.max(0, marked.indexOf('\uFFFD')), findings.file);
    findings.add('bad_encoding', place, 'the file is not valid UTF-8 from here on', SAVE_AS);
    return undefined;
  }
}

// What YAML allows beside tab and line ends; a lone surrogate or U+FFFD means that text was cut or decoded wrongly.
const UNCLEAN = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFC\u{10000}-\u{10FFFF}]/u;

/** The first character that has no place in a workflow, as `U+0000`, whether it was written or escaped. */
export function uncleanCharacter(text: string): { readonly name: string; readonly index: number } | undefined {
  const match = UNCLEAN.exec(text);
  return match === null ? undefined : { name: codePoint(match[0]), index: match.index };
}

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

function isClean(text: string, findings: FindingList): boolean {
  const found = uncleanCharacter(text);
  if (found === undefined) return true;
  const at = placeAt(text, found.index, findings.file);
  findings.add('bad_encoding', at, `the character ${found.name} has no place in a workflow file`, {
    suggestion: 'remove it, or save the file as UTF-8',
  });
  return false;
}

import { WORKFLOW_LIMITS } from '@tutti/contracts';
import { CST, Lexer } from 'yaml';
import type { FindingList } from './findings.ts';

/**
 * Looks at the tokens before anything recursive does: nesting beyond the limit, by brackets or by indentation, and floods
 * of tokens are refused here at the cost of a loop. Returns false when the text was refused.
 */
export function scanTokens(text: string, findings: FindingList): boolean {
  const nesting = new Nesting();
  let tokens = 0;
  let aliases = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    const length = nesting.take(token, offset);
    if (nesting.last === 'alias') aliases += 1;
    if (aliases > WORKFLOW_LIMITS.aliases) return refuseAliases(text, offset, findings);
    if (nesting.levels > WORKFLOW_LIMITS.depth) return refuseDepth(text, offset, findings);
    if (tokens > WORKFLOW_LIMITS.fileTokens) return refuseTokens(text, offset, findings);
    offset += length;
  }
  return true;
}

/** How deep the tokens read so far are nested. Never more than the depth of the value that they will make. */
class Nesting {
  /** Columns at which the open block collections, and last of all the present value, begin. */
  readonly #columns: number[] = [];
  #brackets = 0;
  #lineStart = 0;
  /** What the last token was. After `scalar`, a mark, comes the scalar's text, whatever it looks like. */
  last: string | undefined;
  /** A value stands right before: a colon then makes it a key, a second value is an error; neither nests. */
  #hasKey = false;

  get levels(): number {
    // The outermost bracket has begun a value, and so a column, like any other.
    return this.#columns.length - 1 + Math.max(0, this.#brackets - 1);
  }

  /** Takes one token that stands at `offset`; returns how much of the text it is. */
  take(token: string, offset: number): number {
    const type = this.last === 'scalar' ? 'text' : (CST.tokenType(token) ?? 'unknown');
    this.last = type;
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') return 0;
    if (type === 'flow-map-end' || type === 'flow-seq-end') this.#brackets = Math.max(0, this.#brackets - 1);
    else if (this.#brackets === 0 && this.#begins(type)) this.#begin(offset - this.#lineStart);
    if (type === 'flow-map-start' || type === 'flow-seq-start') this.#brackets += 1;
    if (type !== 'space') this.#hasKey = IS_VALUE.has(type);
    const newline = token.lastIndexOf('\n');
    if (newline >= 0) this.#lineStart = offset + newline + 1;
    return token.length;
  }

  #begins(type: string): boolean {
    return OPENS.has(type) || (!this.#hasKey && (IS_VALUE.has(type) || type === 'map-value-ind'));
  }

  #begin(column: number): void {
    for (let last = this.#columns.at(-1); last !== undefined && last >= column; last = this.#columns.at(-1)) {
      this.#columns.pop();
    }
    this.#columns.push(column);
  }
}

/** Anchors, tags and comments stand before a value and are none. */
const OPENS: ReadonlySet<string> = new Set([
  ...['block-scalar-header', 'seq-item-ind', 'explicit-key-ind', 'flow-map-start', 'flow-seq-start'],
]);
const IS_VALUE: ReadonlySet<string> = new Set([
  ...['text', 'alias', 'single-quoted-scalar', 'double-quoted-scalar', 'flow-map-end', 'flow-seq-end'],
]);

function refuseDepth(text: string, offset: number, findings: FindingList): false {
  findings.add('too_deep', placeAt(text, offset, findings.file), `nested deeper than ${WORKFLOW_LIMITS.depth} levels`, {
    suggestion: 'a workflow needs fewer than 10',
  });
  return false;
}

function refuseAliases(text: string, offset: number, findings: FindingList): false {
  const message = `more than ${WORKFLOW_LIMITS.aliases} aliases`;
  findings.add('alias_expansion', placeAt(text, offset, findings.file), message, {
    suggestion: 'write the values out',
  });
  return false;
}

function refuseTokens(text: string, offset: number, findings: FindingList): false {
  const message = `more than ${WORKFLOW_LIMITS.fileTokens} tokens`;
  findings.add('too_many', placeAt(text, offset, findings.file), message, { suggestion: 'split the workflow' });
  return false;
}

/** One place of a text; for many places use a LineCounter. */
export function placeAt(text: string, offset: number, file: string): { file: string; line: number; col: number } {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

import { type FindingCode, WORKFLOW_LIMITS } from '@tutti/contracts';
import { CST } from 'yaml';
import type { FindingList } from './findings.ts';

/**
 * Looks at every token on its way to the parser, before anything recursive or costly does: nesting beyond the limit, by
 * brackets or by indentation, and floods of tokens, aliases or flaws are refused here at the cost of a few comparisons.
 */
export class TokenScan {
  readonly #text: string;
  readonly #findings: FindingList;
  readonly #nesting = new Nesting();
  #offset = 0;
  #tokens = 0;
  #aliases = 0;
  #flaws = 0;
  #firstFlaw = 0;

  constructor(text: string, findings: FindingList) {
    this.#text = text;
    this.#findings = findings;
  }

  /** False when the text is refused; nothing more of it is then to be looked at. */
  take(token: string): boolean {
    const length = this.#nesting.take(token, this.#offset);
    this.#tokens += 1;
    if (this.#nesting.last === 'alias') this.#aliases += 1;
    if (this.#nesting.isFlaw && ++this.#flaws === 1) this.#firstFlaw = this.#offset;
    const reason = this.#reason();
    if (reason !== undefined) this.#refuse(reason);
    this.#offset += length;
    return reason === undefined;
  }

  #reason(): Reason | undefined {
    if (this.#nesting.levels > WORKFLOW_LIMITS.depth) return REASONS.depth;
    if (this.#tokens > WORKFLOW_LIMITS.fileTokens) return REASONS.tokens;
    if (this.#aliases > WORKFLOW_LIMITS.aliases) return REASONS.aliases;
    return this.#flaws > WORKFLOW_LIMITS.findings ? REASONS.flaws : undefined;
  }

  #refuse({ code, message, suggestion }: Reason): void {
    const offset = code === 'yaml_syntax' ? this.#firstFlaw : this.#offset;
    this.#findings.add(code, placeAt(this.#text, offset, this.#findings.file), message, { suggestion });
  }
}

interface Reason {
  readonly code: FindingCode;
  readonly message: string;
  readonly suggestion: string;
}

const { depth, fileTokens, aliases, findings: flaws } = WORKFLOW_LIMITS;
const REASONS = {
  depth: {
    code: 'too_deep',
    message: `nested deeper than ${depth} levels`,
    suggestion: 'a workflow needs fewer than 10',
  },
  tokens: { code: 'too_many', message: `more than ${fileTokens} tokens`, suggestion: 'split the workflow' },
  aliases: { code: 'alias_expansion', message: `more than ${aliases} aliases`, suggestion: 'write the values out' },
  flaws: {
    code: 'yaml_syntax',
    message: `a value or a closing bracket stands here that belongs to nothing, the first of more than ${flaws}`,
    suggestion: 'is this YAML?',
  },
} as const satisfies Record<string, Reason>;

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
  /** The last token can belong to nothing: a bracket that closes none, or a value right behind another. */
  isFlaw = false;

  get levels(): number {
    // The outermost bracket has begun a value, and so a column, like any other.
    return this.#columns.length - 1 + Math.max(0, this.#brackets - 1);
  }

  /** Takes one token that stands at `offset`; returns how much of the text it is. */
  take(token: string, offset: number): number {
    const type = this.last === 'scalar' ? 'text' : (CST.tokenType(token) ?? 'unknown');
    this.last = type;
    this.isFlaw = IS_VALUE.has(type) && (CLOSES.has(type) ? this.#brackets === 0 : this.#hasKey);
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') return 0;
    if (CLOSES.has(type)) this.#brackets = Math.max(0, this.#brackets - 1);
    else if (this.#brackets === 0 && this.#begins(type)) this.#begin(offset - this.#lineStart);
    if (type === 'flow-map-start' || type === 'flow-seq-start') this.#brackets += 1;
    if (type !== 'space') this.#hasKey = IS_VALUE.has(type);
    const newline = token.lastIndexOf('\n');
    if (newline >= 0) this.#lineStart = offset + newline + 1;
    // The text of a block scalar takes its line end with it.
    if (token.endsWith('\n')) this.#hasKey = false;
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
const CLOSES: ReadonlySet<string> = new Set(['flow-map-end', 'flow-seq-end']);
const IS_VALUE: ReadonlySet<string> = new Set([
  ...['text', 'alias', 'single-quoted-scalar', 'double-quoted-scalar', ...CLOSES],
]);

/** One place of a text; for many places use a LineCounter. */
export function placeAt(text: string, offset: number, file: string): { file: string; line: number; col: number } {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

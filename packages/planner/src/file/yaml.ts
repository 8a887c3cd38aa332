import type { FindingCode, Place, WorkflowJson } from '@tutti/contracts';
import {
  Composer,
  type CST,
  type Document,
  isScalar,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  YAMLParseError,
} from 'yaml';
import { type FindingList, findingList } from './findings.ts';
import { TokenScan } from './scan.ts';
import { cleanText } from './text.ts';
import { type Locate, type LocateInside, readTree } from './tree.ts';

export interface YamlValue {
  /** Plain JSON of YAML 1.2 core: `no` and `10:30` are strings, `010` is 10, `0o10` is 8. */
  readonly value: { readonly [key: string]: WorkflowJson };
  readonly locate: Locate;
  readonly locateInside: LocateInside;
  /** The text of a plain scalar as it stands in the file; undefined for anything else. */
  readonly written: (path: readonly string[]) => string | undefined;
}

/**
 * Text → plain value with places, or undefined with the reasons in `findings`. YAML 1.2 core without custom tags, merge
 * keys, several documents, duplicate keys, non-finite or inexact numbers, or keys that would touch a prototype.
 */
export function readYaml(input: string | Uint8Array, findings: FindingList): YamlValue | undefined {
  const text = cleanText(input, findings);
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const document = parse(text, lines, findings);
  if (document === undefined) return undefined;
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: findings.file, line: Math.max(1, line), col: Math.max(1, col) };
  };
  report(document, placeOf, findings);
  if (findings.hasErrors()) return undefined;
  return readTree(document, text, placeOf, findings);
}

/** As `readYaml`, standing alone: for tools and tests. */
export function readYamlText(input: string | Uint8Array, file: string) {
  const findings = findingList(file);
  const read = readYaml(input, findings);
  return { value: read?.value, findings: findings.list() };
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  // The library's own check compares each key with each other key; the reader does it with a set.
  uniqueKeys: false,
  // Binary data, dates, sets and ordered maps have no form in JSON; unknown to the library, their tags are refused.
  resolveKnownTags: false,
  // So that a large integer is seen as what was written.
  intAsBigInt: true,
  prettyErrors: false,
  // Not 'silent': that hides the error for several documents.
  logLevel: 'error',
} as const;

type Parsed = Document.Parsed<ParsedNode>;

/** Nesting is bounded before; should the parser throw all the same, the file is refused and the reason is in words. */
function parse(text: string, lineCounter: LineCounter, findings: FindingList): Parsed | undefined {
  try {
    return withoutStacks(() => compose(text, lineCounter, findings));
  } catch (error) {
    const isStack = error instanceof RangeError;
    const message = isStack ? 'nested too deeply to be read' : `cannot be read: ${String(error)}`;
    findings.add(isStack ? 'too_deep' : 'yaml_syntax', { file: findings.file, line: 1, col: 1 }, message);
    return undefined;
  }
}

/** What the library's `parseDocument` does, with a look at each token before the parser has it. */
function compose(text: string, lineCounter: LineCounter, findings: FindingList): Parsed | undefined {
  const scan = new TokenScan(text, findings);
  const parser = new Parser(lineCounter.addNewLine);
  let refused = false;
  const tokens = function* (): Generator<CST.Token, void> {
    lineCounter.addNewLine(0);
    for (const token of new Lexer().lex(text)) {
      refused = !scan.take(token);
      if (refused) return;
      yield* parser.next(token);
    }
    yield* parser.end();
  };
  const [document, second] = new Composer<ParsedNode>(OPTIONS).compose(tokens(), true, text.length);
  if (refused || document === undefined) return undefined;
  if (second !== undefined) {
    document.errors.push(new YAMLParseError([second.range[0], second.range[1]], 'MULTIPLE_DOCS', ''));
  }
  return document;
}

/**
 * The library makes an error of each flaw. A stack for each costs ten times what the flaw does: a file of 400,000 stray
 * brackets took 7 s and 750 MB with them, 1.5 s and 270 MB without.
 */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const CODES: Readonly<Record<string, FindingCode>> = {
  DUPLICATE_KEY: 'duplicate_key',
  MULTIPLE_DOCS: 'several_documents',
  RESOURCE_EXHAUSTION: 'too_deep',
  TAG_RESOLVE_FAILED: 'unsupported_tag',
};

const MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here; a workflow file holds one',
  RESOURCE_EXHAUSTION: 'nested too deeply to be read',
};

function report(document: Parsed, placeOf: (offset: number) => Place, findings: FindingList): void {
  for (const error of [...document.errors, ...document.warnings]) {
    const code = CODES[error.code] ?? 'yaml_syntax';
    findings.add(code, placeOf(error.pos[0]), MESSAGES[error.code] ?? error.message);
  }
  const version = document.directives?.yaml;
  if (version?.explicit === true && version.version !== '1.2') {
    findings.add(
      'yaml_syntax',
      placeOf(0),
      `YAML ${version.version} reads values otherwise; a workflow file is YAML 1.2`,
    );
  }
  if (isNothing(document)) {
    findings.add('empty_document', placeOf(0), 'the file is empty; a mapping with steps is expected');
  }
}

/** Comments alone make a null with no text; a written `null` is a value, and is refused as one. */
const isNothing = ({ contents }: Parsed): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && (contents.source ?? '') === '');

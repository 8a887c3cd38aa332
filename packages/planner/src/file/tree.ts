import { FORBIDDEN_KEYS, type Place, WORKFLOW_LIMITS, type WorkflowJson } from '@tutti/contracts';
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { FindingList } from './findings.ts';
import { readScalar } from './scalar.ts';
import type { YamlValue } from './yaml.ts';

type JsonObject = { [key: string]: WorkflowJson };

/** The place of what stands at a path: of its key where it has one and `key` is asked for, else of its value. */
export type Locate = (path: readonly PropertyKey[], what?: 'key' | 'value') => Place;

/** The place of a row and a column (from 1) inside a text of the file; that of the text where rows cannot be followed. */
export type LocateInside = (path: readonly PropertyKey[], row: number, col: number) => Place;

/** One step of reading; the document and the counters that bound it. */
interface Reader {
  readonly document: Document;
  readonly placeOf: (offset: number) => Place;
  readonly findings: FindingList;
  /** The collections that the present node stands in. */
  readonly open: Set<unknown>;
  aliases: number;
  /** Values read while standing inside an alias. */
  expanded: number;
  /** The alias of the file that is being expanded; undefined outside. */
  outerAlias: Alias | undefined;
  /** Set by the first refusal of an expansion: one finding is enough, and going on would be the attack. */
  stopped: boolean;
}

export function readTree(
  document: Document,
  text: string,
  placeOf: Reader['placeOf'],
  findings: FindingList,
): YamlValue | undefined {
  const reader: Reader = {
    document,
    placeOf,
    findings,
    open: new Set(),
    aliases: 0,
    expanded: 0,
    outerAlias: undefined,
    stopped: false,
  };
  const value = readNode(reader, document.contents, 0);
  const at = placeOf(startOf(document.contents));
  if (!isObject(value)) findings.add('wrong_type', at, `a mapping is expected here, not ${describe(value)}`);
  if (findings.hasErrors() || !isObject(value)) return undefined;
  const written = (path: readonly string[]): string | undefined => {
    const node = document.getIn(path, true);
    return isScalar(node) && typeof node.value !== 'string' ? node.source : undefined;
  };
  const locate = locator(document, placeOf);
  return { value, locate, locateInside: insideLocator(document, text, locate), written };
}

/** Recursive, but never deeper than the limit of nesting. */
function readNode(reader: Reader, node: unknown, depth: number): WorkflowJson {
  if (reader.stopped) return null;
  if (depth > WORKFLOW_LIMITS.depth)
    return refuse(reader, node, 'too_deep', `nested deeper than ${WORKFLOW_LIMITS.depth} levels`);
  if (reader.outerAlias !== undefined) reader.expanded += 1;
  if (reader.expanded > WORKFLOW_LIMITS.aliasNodes) {
    return refuseAlias(
      reader,
      `aliases expand to more than ${WORKFLOW_LIMITS.aliasNodes} values; write the values out`,
    );
  }
  if (isAlias(node)) return readAlias(reader, node, depth);
  if (isMap(node) || isSeq(node)) {
    reader.open.add(node);
    const value = isMap(node) ? readMap(reader, node, depth) : readItems(reader, node.items, depth);
    reader.open.delete(node);
    return value;
  }
  if (isScalar(node)) return scalarOf(reader, node);
  return null;
}

function readItems(reader: Reader, items: readonly unknown[], depth: number): WorkflowJson[] {
  const list: WorkflowJson[] = [];
  for (const item of items) {
    if (reader.stopped) break;
    list.push(readNode(reader, item, depth + 1));
  }
  return list;
}

function readMap(reader: Reader, map: YAMLMap, depth: number): JsonObject {
  const object: JsonObject = {};
  const seen = new Set<string>();
  for (const pair of map.items) {
    if (reader.stopped) break;
    const key = readKey(reader, pair);
    if (key === undefined) continue;
    // Two spellings of one letter (é as one character or as two) look the same to whoever wrote them.
    const look = key.normalize('NFC');
    if (seen.has(look)) refuse(reader, pair.key, 'duplicate_key', `the key "${key}" stands in this mapping twice`);
    else object[key] = readNode(reader, pair.value, depth + 1);
    seen.add(look);
  }
  return object;
}

function readKey(reader: Reader, pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return no(reader, pair.key, 'bad_key', 'a key must be plain text');
  const key = keyText(pair.key);
  const read = readScalar(pair.key);
  if (!('value' in read) && read.code === 'bad_encoding') return no(reader, pair.key, read.code, read.message);
  if (FORBIDDEN_KEYS.has(key)) return no(reader, pair.key, 'forbidden_key', `the key "${key}" is not allowed`);
  if (key === '<<') return no(reader, pair.key, 'merge_key', 'merge keys (<<) are not supported; write the keys out');
  if (key === '') return no(reader, pair.key, 'bad_key', 'a key must not be empty');
  return key;
}

/** A key as written: `1:` and `no:` are the texts "1" and "no". */
const keyText = (key: Scalar): string => (typeof key.value === 'string' ? key.value : (key.source ?? ''));

function readAlias(reader: Reader, alias: Alias, depth: number): WorkflowJson {
  const isOuter = reader.outerAlias === undefined;
  if (isOuter) reader.outerAlias = alias;
  reader.aliases += 1;
  // The file's own aliases are counted before; what they expand to is looked up again each time.
  if (reader.aliases > WORKFLOW_LIMITS.aliases * 10) {
    return refuseAlias(
      reader,
      `aliases lead to more than ${WORKFLOW_LIMITS.aliases * 10} further aliases; write the values out`,
    );
  }
  const target = alias.resolve(reader.document);
  if (target === undefined) refuse(reader, alias, 'yaml_syntax', `no anchor &${alias.source} stands before this alias`);
  if (target !== undefined && reader.open.has(target)) {
    return refuseAlias(reader, `*${alias.source} stands inside what it stands for`);
  }
  const value = readNode(reader, target, depth + 1);
  if (isOuter) reader.outerAlias = undefined;
  return value;
}

function refuseAlias(reader: Reader, message: string): null {
  reader.stopped = true;
  return refuse(reader, reader.outerAlias, 'alias_expansion', message);
}

function scalarOf(reader: Reader, scalar: Scalar): WorkflowJson {
  const read = readScalar(scalar);
  return 'value' in read ? read.value : refuse(reader, scalar, read.code, read.message);
}

function refuse(reader: Reader, node: unknown, code: Parameters<FindingList['add']>[0], message: string): null {
  reader.findings.add(code, reader.placeOf(startOf(node)), message);
  return null;
}

function no(reader: Reader, node: unknown, code: Parameters<FindingList['add']>[0], message: string): undefined {
  refuse(reader, node, code, message);
  return undefined;
}

const startOf = (node: unknown): number => {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0] ?? 0;
};

/** Walks nodes by path. Each mapping gets an index the first time it is asked, so that many look-ups stay linear. */
function locator(document: Document, placeOf: Reader['placeOf']): Locate {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();
  const indexOf = (map: YAMLMap): Map<string, Pair> => {
    const known = indexes.get(map);
    if (known !== undefined) return known;
    const index = new Map(map.items.map((pair) => [isScalar(pair.key) ? keyText(pair.key) : '', pair]));
    indexes.set(map, index);
    return index;
  };
  return (path, what = 'value') => {
    let node: unknown = document.contents;
    let offset = startOf(node);
    path.forEach((key, depth) => {
      if (isAlias(node)) node = node.resolve(document);
      const pair = isMap(node) ? indexOf(node).get(String(key)) : undefined;
      const isLast = depth === path.length - 1;
      node = pair === undefined ? (isSeq(node) ? node.items[Number(key)] : undefined) : pair.value;
      if (pair !== undefined && isLast && what === 'key') offset = startOf(pair.key);
      else if (node !== undefined && node !== null) offset = startOf(node);
      else if (pair !== undefined) offset = startOf(pair.key);
    });
    return placeOf(offset);
  };
}

/**
 * Rows of a block text (`|`) are lines of the file, shifted by its indent; a text in quotes or none has its columns on one
 * line. What is folded (`>`) or escaped cannot be followed.
 */
function insideLocator(document: Document, text: string, locate: Locate): LocateInside {
  let lines: readonly string[] | undefined;
  return (path, row, col) => {
    const start = locate(path);
    const node = document.getIn(path, true);
    if (!isScalar(node)) return start;
    if (node.type === 'BLOCK_LITERAL') {
      lines ??= text.split('\n');
      const line = start.line + row;
      return { ...start, line, col: indentBelow(lines, start.line) + col };
    }
    const isPlain = node.type === 'PLAIN' && node.value === node.source;
    const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    if (row !== 1 || !(isPlain || (isQuoted && !String(node.source).includes('\\')))) return start;
    return { ...start, col: start.col + (isQuoted ? 1 : 0) + col - 1 };
  };
}

/** Blanks before the first line from `from` on that is not empty: the indent of a block text. */
function indentBelow(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && (lines[at] ?? '').trim() === '') at += 1;
  const first = lines[at] ?? '';
  return first.length - first.trimStart().length;
}

const isObject = (value: WorkflowJson | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const describe = (value: unknown): string =>
  value === null ? 'nothing' : Array.isArray(value) ? 'a list' : `the ${typeof value} "${String(value).slice(0, 40)}"`;

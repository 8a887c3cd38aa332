import {
  FINDINGS,
  type FindingCode,
  WORKFLOW_LIMITS,
  type WorkflowFile,
  type WorkflowJson,
  workflowFile,
} from '@tutti/contracts';
import type { z } from 'zod';
import type { FindingList } from './findings.ts';
import { knownKeys } from './known-keys.ts';
import { meantKey } from './meant-keys.ts';
import { didYouMean } from './suggest.ts';
import type { Locate } from './tree.ts';

export interface Checked {
  readonly file: WorkflowFile;
  /** Parts of the file were wrong and are left out, so that the rest can be checked too. Nothing may be run from it. */
  readonly pruned: boolean;
}

type Issue = z.core.$ZodIssue;

/**
 * Checks the shape of a file and reports every flaw at its place. Where the flaws are local (a misspelt key of a step, a
 * broken duration) the file without them is returned, so that flaws of meaning are found in the same go.
 */
export function checkFile(value: WorkflowJson, locate: Locate, findings: FindingList): Checked | undefined {
  const first = workflowFile.safeParse(value);
  if (first.success) return { file: first.data, pruned: false };
  const issues = first.error.issues.flatMap((issue) => flatten(issue, []));
  for (const issue of issues) report(issue, value, locate, findings);
  // Beyond the limit nothing more would be shown, so that what the rest means is not worth a second look.
  if (issues.length > WORKFLOW_LIMITS.findings || !issues.every(isLocal)) return undefined;
  const rest = structuredClone(value);
  for (const issue of issues) prune(issue, rest);
  const second = workflowFile.safeParse(rest);
  return second.success ? { file: second.data, pruned: true } : undefined;
}

/** Issues of unions and keys as issues of what they contain, with whole paths. */
function flatten(issue: Issue, base: readonly PropertyKey[]): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
  return likeliest(issue.errors).flatMap((inner) => flatten(inner, path));
}

/** The branch that was meant: the one that a value's type fits, and of those the one that got furthest. */
function likeliest(branches: readonly Issue[][]): Issue[] {
  const rank = (issues: Issue[]): number => {
    const [first] = issues;
    if (first === undefined) return 0;
    const isWrongType = first.path.length === 0 && (first.code === 'invalid_type' || first.code === 'invalid_value');
    return isWrongType ? -1 : Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'custom' ? 1 : 0)));
  };
  const best = branches.toSorted((a, b) => rank(b) - rank(a))[0] ?? [];
  if (rank(best) >= 0) return best;
  const expected = branches.map((issues) => expectation(issues[0])).filter((word) => word !== undefined);
  return best.slice(0, 1).map((issue) => ({ ...issue, message: `expected ${[...new Set(expected)].join(' or ')}` }));
}

const expectation = (issue: Issue | undefined): string | undefined => {
  if (issue?.code === 'invalid_type') return NAMES[issue.expected] ?? issue.expected;
  return issue?.code === 'invalid_value' ? issue.values.map((value) => `"${String(value)}"`).join(', ') : undefined;
};

const NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function report(issue: Issue, value: WorkflowJson, locate: Locate, findings: FindingList): void {
  if (issue.code === 'unrecognized_keys') return reportKeys(issue, locate, findings);
  const found = valueAt(value, issue.path);
  const name = nameOf(issue.path);
  const isKey = issue.code === 'invalid_key';
  const at = locate(issue.path, isKey ? 'key' : 'value');
  if (found === undefined || (found === null && issue.code === 'invalid_type')) {
    const parent = locate(found === undefined ? issue.path.slice(0, -1) : issue.path, 'key');
    const wanted = expectation(issue);
    const lacks = found === undefined ? 'is missing' : 'has no value';
    const rest = wanted === undefined ? '' : `: ${wanted} is expected`;
    return findings.add('missing_key', parent, `"${name}" ${lacks}${rest}`);
  }
  const inner = isKey ? issue.issues[0] : issue;
  const code = codeOf(inner ?? issue);
  findings.add(code, at, messageOf(inner ?? issue, name, found), { suggestion: () => hintOf(issue, found) });
}

/** The last key, with what it is an item of: `depends_on[2]`. */
function nameOf(path: readonly PropertyKey[]): string {
  const at = path.findLastIndex((key) => typeof key === 'string');
  const items = path.slice(at + 1).map((index) => `[${String(index)}]`);
  return at < 0 ? 'the file' : `${String(path[at])}${items.join('')}`;
}

function reportKeys(issue: Issue & { code: 'unrecognized_keys' }, locate: Locate, findings: FindingList): void {
  let known: readonly string[] | undefined;
  const keys = (): readonly string[] => {
    known ??= knownKeys(workflowFile, issue.path);
    return known;
  };
  const where = issue.path.length === 0 ? 'a workflow file' : `"${issue.path.join('.')}"`;
  for (const key of issue.keys) {
    const suggestion = () =>
      meantKey(key, keys()) ?? didYouMean(key, keys()) ?? `known here: ${keys().slice(0, 20).join(', ')}`;
    findings.add('unknown_key', locate([...issue.path, key], 'key'), `${where} has no key "${key}"`, { suggestion });
  }
}

function codeOf(issue: Issue): FindingCode {
  const named = issue.code === 'custom' ? issue.params?.finding : undefined;
  if (typeof named === 'string' && Object.hasOwn(FINDINGS, named)) return named as FindingCode;
  if (issue.code === 'invalid_type') return 'wrong_type';
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return issue.origin === 'number' ? 'bad_number' : 'too_many';
  return 'bad_value';
}

function messageOf(issue: Issue, name: string, found: WorkflowJson): string {
  if (issue.code === 'custom') return issue.message;
  const written = JSON.stringify(found) ?? '';
  const short = written.length > 60 ? `${written.slice(0, 57)}…` : written;
  const wanted = expectation(issue);
  const reason = issue.message.startsWith('expected ') || wanted === undefined ? issue.message : `expected ${wanted}`;
  return `"${name}" is ${short}: ${reason}`;
}

const hintOf = (issue: Issue, found: WorkflowJson): string | undefined =>
  issue.code === 'invalid_value' && typeof found === 'string' ? didYouMean(found, issue.values.map(String)) : undefined;

/** A flaw that says nothing about the rest: an unknown key below the top, or a word that cannot be read. */
const isLocal = (issue: Issue): boolean =>
  issue.code === 'unrecognized_keys' ? issue.path.length > 0 : issue.code === 'custom' && issue.path.length > 1;

function prune(issue: Issue, root: WorkflowJson): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) removeKey(root, [...issue.path, key]);
    return;
  }
  // An item of a list goes with its list: taking it out would shift its neighbours away from their places.
  const end = issue.path.findLastIndex((key) => typeof key === 'string');
  removeKey(root, issue.path.slice(0, end + 1));
}

function removeKey(root: WorkflowJson, path: readonly PropertyKey[]): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
}

function valueAt(root: WorkflowJson, path: readonly PropertyKey[]): WorkflowJson | undefined {
  let value: WorkflowJson | undefined = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<PropertyKey, WorkflowJson>>)[key];
  }
  return value;
}

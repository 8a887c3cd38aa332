/** What changed between two manifests, and whether a peer or a script of yesterday would break by it. */
import type { JsonSchema, Manifest } from './manifest.ts';

export interface Change {
  readonly breaking: boolean;
  /** Such as `message attempt.run: body.timeoutMs`. */
  readonly where: string;
  readonly what: string;
}

export const lineOf = ({ breaking, where, what }: Change): string =>
  `${breaking ? 'BREAKING' : 'compatible'}  ${where}: ${what}`;

type Shapes = Manifest['shapes'];
type Put = (breaking: boolean, where: string, what: string) => void;

/** Breaking first. Breaking is: something removed, something newly required, a type that allows less than before. */
export function compareManifests(before: Manifest, now: Manifest): Change[] {
  const changes: Change[] = [];
  const put: Put = (breaking, where, what) => void changes.push({ breaking, where, what });
  if (before.wire !== now.wire) put(true, 'wire', `version ${before.wire} became ${now.wire}`);
  compareNames(put, 'error', before.errors, now.errors);
  compareSubjects(put, before.subjects, now.subjects);
  const walk: Walk = { put, before: before.shapes, now: now.shapes };
  for (const [type, old, fresh] of both(put, 'message', before.messages, now.messages)) {
    const where = `message ${type}`;
    if (`${old.from} ${old.to}` !== `${fresh.from} ${fresh.to}`) put(true, where, 'has another sender or receiver');
    compareNames(put, `${where}: reply`, old.replies, fresh.replies);
    compareSchemas(walk, `${where}: body`, old.body, fresh.body);
  }
  for (const part of ['events', 'shapes'] as const) {
    const noun = part === 'events' ? 'event' : 'shape';
    for (const [name, old, fresh] of both(put, noun, before[part], now[part])) {
      compareSchemas(walk, `${noun} ${name}`, old.schema, fresh.schema);
    }
  }
  return changes.sort((a, b) => Number(b.breaking) - Number(a.breaking));
}

function compareNames(put: Put, noun: string, before: readonly string[], now: readonly string[]): void {
  for (const name of before.filter((each) => !now.includes(each))) put(true, `${noun} ${name}`, 'removed');
  for (const name of now.filter((each) => !before.includes(each))) put(false, `${noun} ${name}`, 'added');
}

function compareSubjects(put: Put, before: Manifest['subjects'], now: Manifest['subjects']): void {
  for (const [name, old, fresh] of both(put, 'subject', before, now)) {
    if (old !== fresh) put(true, `subject ${name}`, `"${old}" became "${fresh}"`);
  }
}

function both<T>(
  put: Put,
  noun: string,
  before: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
): [string, T, T][] {
  compareNames(put, noun, Object.keys(before), Object.keys(now));
  return Object.entries(before).flatMap(([name, old]) => {
    const fresh = Object.hasOwn(now, name) ? now[name] : undefined;
    return fresh === undefined ? [] : [[name, old, fresh] as [string, T, T]];
  });
}

interface Walk {
  readonly put: Put;
  readonly before: Shapes;
  readonly now: Shapes;
}

/** Where both say the same shape by name, its own entry tells what changed in it. */
function compareSchemas(walk: Walk, where: string, old: JsonSchema, fresh: JsonSchema): void {
  if (typeof old['$ref'] === 'string' && old['$ref'] === fresh['$ref']) return;
  const [a, b] = [resolve(old, walk.before), resolve(fresh, walk.now)];
  compareFields(walk, where, a, b);
  compareTypes(walk, where, a, b);
  compareBounds(walk, where, a, b);
  for (const key of ['items', 'additionalProperties'] as const) {
    const [x, y] = [a[key], b[key]];
    if (isSchema(x) && isSchema(y)) compareSchemas(walk, key === 'items' ? `${where}[]` : `${where}.*`, x, y);
  }
  compareBranches(walk, where, a, b);
}

function compareFields({ put, ...walk }: Walk, where: string, old: JsonSchema, fresh: JsonSchema): void {
  const [before, now] = [fieldsOf(old), fieldsOf(fresh)];
  const wasRequired = new Set(listOf(old['required']));
  for (const [name, schema] of Object.entries(now)) {
    const isRequired = listOf(fresh['required']).includes(name);
    if (!Object.hasOwn(before, name)) put(isRequired, `${where}.${name}`, isRequired ? 'added, and required' : 'added');
    else {
      if (isRequired && !wasRequired.has(name)) put(true, `${where}.${name}`, 'newly required');
      if (!isRequired && wasRequired.has(name)) put(false, `${where}.${name}`, 'no longer required');
      compareSchemas({ put, ...walk }, `${where}.${name}`, before[name] ?? {}, schema);
    }
  }
  for (const name of Object.keys(before)) if (!Object.hasOwn(now, name)) put(true, `${where}.${name}`, 'removed');
  if (old['additionalProperties'] !== false && fresh['additionalProperties'] === false)
    put(true, where, 'no longer takes further keys');
}

/** Types and fixed values: what was allowed and is not any more narrows, what is new widens. */
function compareTypes({ put }: Walk, where: string, old: JsonSchema, fresh: JsonSchema): void {
  const [before, now] = [typesOf(old), typesOf(fresh)];
  const narrowsNumber = before.includes('number') && now.includes('integer') && !now.includes('number');
  const areUnions = branchesOf(old).length > 0 && branchesOf(fresh).length > 0;
  if (!areUnions && before.length + now.length > 0) {
    const lost = before.filter((type) => !now.includes(type) && !(type === 'integer' && now.includes('number')));
    if ((lost.length > 0 && now.length > 0) || narrowsNumber || before.length === 0)
      put(true, where, `the type ${before.join(' or ') || 'anything'} became ${now.join(' or ')}`);
    else if (before.join() !== now.join()) put(false, where, 'allows more types');
  }
  const [values, kept] = [valuesOf(old), valuesOf(fresh)];
  if (kept === undefined) return;
  if (values === undefined) return put(true, where, `is now one of ${kept.join(', ')}`);
  compareNames(put, `${where}: value`, values, kept);
}

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];

function compareBounds({ put }: Walk, where: string, old: JsonSchema, fresh: JsonSchema): void {
  const say = (key: string, narrower: boolean): void =>
    put(narrower, where, `${key} ${String(old[key] ?? 'none')} became ${String(fresh[key] ?? 'none')}`);
  for (const key of [...LOWER, ...UPPER]) {
    if (old[key] === fresh[key]) continue;
    const none = LOWER.includes(key) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const [a, b] = [Number(old[key] ?? none), Number(fresh[key] ?? none)];
    say(key, LOWER.includes(key) ? b > a : b < a);
  }
  for (const key of ['pattern', 'format']) {
    if (old[key] !== fresh[key]) say(key, fresh[key] !== undefined);
  }
}

/** Forms of a union are matched by what they say, then by their place. Where one side is no union, its types tell. */
function compareBranches(walk: Walk, where: string, old: JsonSchema, fresh: JsonSchema): void {
  const [before, now] = [branchesOf(old), branchesOf(fresh)];
  if (before.length === 0 || now.length === 0) return;
  const left = now.filter((branch) => !before.some((each) => same(each, branch)));
  const gone = before.filter((branch) => !now.some((each) => same(each, branch)));
  gone.forEach((branch, index) => {
    const heir = left[index];
    if (heir === undefined) walk.put(true, where, 'a form is no longer allowed');
    else compareSchemas(walk, `${where}|${index + 1}`, branch, heir);
  });
  if (left.length > gone.length) walk.put(false, where, 'a further form is allowed');
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const fieldsOf = (schema: JsonSchema) => (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
/** The types that are allowed; none means any, or that references decide. */
function typesOf(schema: JsonSchema): string[] {
  const { type } = schema;
  if (type !== undefined) return Array.isArray(type) ? listOf(type) : [String(type)];
  const ofBranches = branchesOf(schema).map(typesOf);
  return ofBranches.some((types) => types.length === 0) ? [] : [...new Set(ofBranches.flat())];
}
const branchesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly JsonSchema[];

function valuesOf(schema: JsonSchema): string[] | undefined {
  if ('const' in schema) return [JSON.stringify(schema['const'])];
  return Array.isArray(schema['enum']) ? schema['enum'].map((value) => JSON.stringify(value)) : undefined;
}

/** What a reference stands for; a shape that refers to nothing known allows anything. */
function resolve(schema: JsonSchema, shapes: Shapes): JsonSchema {
  const { $ref } = schema;
  return typeof $ref === 'string' ? (shapes[$ref.replace('#/shapes/', '')]?.schema ?? {}) : schema;
}

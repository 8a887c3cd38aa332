/** From any value of an author's function to plain JSON, or to an error that names the place. */
import { FORBIDDEN_KEYS, TuttiError, WORKFLOW_LIMITS, type WorkflowJson } from '@tutti/contracts';

/** Characters of all strings, keys and numbers of one result. What is larger belongs outside, with a reference here. */
export const OUTPUT_CHARS = 16 * 1024 * 1024;

interface Walk {
  /** Keys from the root to where the walk is. */
  readonly path: (string | number)[];
  readonly ancestors: object[];
  readonly root: string;
  chars: number;
}

/**
 * A deep copy as plain JSON. Undefined members of objects are dropped; whatever else JSON cannot say exactly (functions,
 * cycles, NaN, BigInt, Date, Map, class instances) is refused rather than changed.
 * @param root what the value is, for the message: `result`.
 * @throws TuttiError `bad_agent_output` with the place, such as `result.items[3].when`.
 */
export function plainJson(value: unknown, root: string): WorkflowJson {
  return copy(value, { path: [], ancestors: [], root, chars: 0 });
}

function copy(value: unknown, walk: Walk): WorkflowJson {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      spend(walk, value.length);
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(walk, `is ${value}, which JSON cannot say`);
      spend(walk, 8);
      return value;
    case 'object':
      return value === null ? null : copyObject(value, walk);
    default:
      throw refuse(walk, value === undefined ? 'is undefined' : `is a ${typeof value}`);
  }
}

function copyObject(value: object, walk: Walk): WorkflowJson {
  if (walk.ancestors.includes(value)) throw refuse(walk, 'contains itself');
  if (walk.ancestors.length >= WORKFLOW_LIMITS.depth) {
    throw refuse(walk, `is nested deeper than ${WORKFLOW_LIMITS.depth} levels`);
  }
  walk.ancestors.push(value);
  const out = Array.isArray(value) ? copyArray(value, walk) : copyMembers(value, walk);
  walk.ancestors.pop();
  return out;
}

function copyArray(items: readonly unknown[], walk: Walk): WorkflowJson[] {
  spend(walk, items.length);
  // By index, so that a hole is met as the undefined that it is.
  return Array.from({ length: items.length }, (_, index) => at(index, walk, () => copy(items[index], walk)));
}

function copyMembers(value: object, walk: Walk): WorkflowJson {
  const kind = kindOf(value);
  if (kind !== undefined) throw refuse(walk, `is a ${kind}; return plain objects, arrays, text and numbers`);
  const out: { [key: string]: WorkflowJson } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    spend(walk, key.length);
    out[key] = at(key, walk, () => {
      if (FORBIDDEN_KEYS.has(key)) throw refuse(walk, 'has a reserved key');
      return copy(member, walk);
    });
  }
  return out;
}

/** The class of an object that is not plain; undefined for plain ones, those of another realm included. */
function kindOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  return prototype.constructor?.name || 'class instance';
}

function at<T>(key: string | number, walk: Walk, use: () => T): T {
  walk.path.push(key);
  const out = use();
  walk.path.pop();
  return out;
}

function spend(walk: Walk, chars: number): void {
  walk.chars += chars;
  if (walk.chars > OUTPUT_CHARS) throw refuse({ ...walk, path: [] }, `is larger than ${OUTPUT_CHARS} characters`);
}

function refuse(walk: Walk, why: string): TuttiError {
  const place = walk.path.reduce<string>((text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${key}`), '');
  return new TuttiError('bad_agent_output', `${walk.root}${place} ${why}`, {
    details: { place: `${walk.root}${place}` },
  });
}

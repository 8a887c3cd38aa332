/** JSON Schema as a person reads it: `{ run: Token, note?: text ≤ 500 }`. */
import type { JsonSchema } from './manifest.ts';

const TOKEN_PATTERN = '^[A-Za-z0-9_-]{1,64}$';
const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One line, or several with `indent` blanks before each where it is an object that does not fit one. */
export function printShape(schema: JsonSchema, indent = 0): string {
  const { $ref } = schema;
  if (typeof $ref === 'string') return $ref.replace('#/shapes/', '');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) return branches.map((branch) => printShape(branch as JsonSchema, indent)).join(' | ');
  const { type } = schema;
  if (Array.isArray(type)) return type.map((each) => printShape({ ...schema, type: each }, indent)).join(' | ');
  if (type === 'object') return printObject(schema, indent);
  if (type === 'array') return printArray(schema, indent);
  if (type === 'string') return `${stringName(schema)}${bounds(schema, 'minLength', 'maxLength')}`;
  if (type === 'integer' || type === 'number') return `${type}${bounds(schema, 'minimum', 'maximum')}`;
  return typeof type === 'string' ? type : 'anything';
}

const WIDTH = 100;

function printObject(schema: JsonSchema, indent: number): string {
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const further = schema['additionalProperties'];
  const written = fields.map(([name, child]) => {
    return `${name}${required.has(name) ? '' : '?'}: ${printShape(child, indent + 2)}`;
  });
  if (isSchema(further)) written.push(`[name]: ${printShape(further, indent + 2)}`);
  if (written.length === 0) return '{}';
  const line = `{ ${written.join(', ')} }`;
  if (indent > 0 && line.length <= WIDTH - indent && !line.includes('\n')) return line;
  const pad = ' '.repeat(indent);
  return `{\n${written.map((each) => `${pad}  ${each}\n`).join('')}${pad}}`;
}

function printArray(schema: JsonSchema, indent: number): string {
  const items = isSchema(schema['items']) ? printShape(schema['items'], indent) : 'anything';
  const many = items.includes(' ') && !items.startsWith('{') ? `(${items})` : items;
  return `${many}[]${bounds(schema, 'minItems', 'maxItems')}`;
}

function stringName({ format, pattern }: JsonSchema): string {
  if (format !== undefined) return String(format);
  if (pattern === undefined) return 'text';
  return pattern === TOKEN_PATTERN ? 'token' : `text like ${String(pattern)}`;
}

function bounds(schema: JsonSchema, low: string, high: string): string {
  const above = schema['exclusiveMinimum'];
  const least = schema[low];
  const most = schema[high];
  const from = above !== undefined ? ` > ${String(above)}` : least !== undefined ? ` ≥ ${String(least)}` : '';
  return most === undefined || most === Number.MAX_SAFE_INTEGER ? from : `${from} ≤ ${String(most)}`;
}

/** One call for every Standard Schema, synchronous or not. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TuttiError } from '@tutti/contracts';

/** Issues listed in an error; the first few tell the story. */
const LISTED_ISSUES = 8;

/** What the schema makes of the value; the value itself where there is no schema. Throws `code` with the places. */
export async function validate(
  schema: StandardSchemaV1 | undefined,
  value: unknown,
  code: 'bad_agent_input' | 'bad_agent_output',
  what: string,
): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await check(schema, value, code, what);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, LISTED_ISSUES).map((issue) => ({
    path: placeOf(what, issue),
    message: issue.message,
  }));
  const listed = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const more = result.issues.length - issues.length;
  throw new TuttiError(code, `The ${what} is not as declared: ${listed}${more > 0 ? ` (and ${more} more)` : ''}`, {
    details: { issues },
  });
}

async function check(
  schema: StandardSchemaV1,
  value: unknown,
  code: 'bad_agent_input' | 'bad_agent_output',
  what: string,
): Promise<StandardSchemaV1.Result<unknown>> {
  try {
    return await schema['~standard'].validate(value);
  } catch (error) {
    throw new TuttiError(code, `The schema of the ${what} failed: ${String(error)}`, { cause: error });
  }
}

function placeOf(what: string, issue: StandardSchemaV1.Issue): string {
  return (issue.path ?? []).reduce<string>((text, part) => {
    const key = typeof part === 'object' ? part.key : part;
    return text + (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);
  }, what);
}

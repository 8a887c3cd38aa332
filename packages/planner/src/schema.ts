import { workflowFile } from '@tutti/contracts';
import { z } from 'zod';

/** The JSON Schema of a workflow file, for editors: what a person writes, before words are parsed. */
export function workflowJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(workflowFile, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' });
  return { title: 'Tutti workflow file', ...schema };
}

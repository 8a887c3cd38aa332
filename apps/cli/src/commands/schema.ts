/** `tutti schema`: the JSON Schemas that editors and other tools use. */
import { eventJsonSchema, TuttiError } from '@tutti/contracts';
import { workflowJsonSchema } from '@tutti/planner';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';

const SCHEMAS: Readonly<Record<string, () => unknown>> = {
  workflow: workflowJsonSchema,
  events: eventJsonSchema,
};

export async function schema({ io }: Cli, what = 'workflow'): Promise<number> {
  const make = Object.hasOwn(SCHEMAS, what) ? SCHEMAS[what] : undefined;
  if (make === undefined) {
    throw new TuttiError('bad_usage', `There is no schema "${what}"; there are ${Object.keys(SCHEMAS).join(' and ')}`);
  }
  io.stdout.write(`${JSON.stringify(make(), null, 2)}\n`);
  return EXIT.done;
}

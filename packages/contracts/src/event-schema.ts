/** The published JSON Schema of events, made from the one table of events. */
import { z } from 'zod';
import { EVENTS, type EventType, tuttiEvent } from './events.ts';

/** Where JSON Schema says which of its drafts is meant. */
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

type JsonSchema = { readonly [key: string]: unknown };

/** Input form: a reader must accept keys that a newer version adds. */
const toSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
};

/** The schema of one line of `--output json` and of one message on `{prefix}.evt.>`: the envelope with one data schema a type. */
export function eventJsonSchema(): JsonSchema {
  const { properties, required, ...envelope } = toSchema(tuttiEvent);
  const ofType = (type: EventType): JsonSchema => ({
    title: type,
    type: 'object',
    properties: { ...(properties as JsonSchema), type: { const: type }, data: toSchema(EVENTS[type]) },
    required,
  });
  return {
    $schema: DRAFT,
    title: 'Tutti event',
    ...envelope,
    oneOf: (Object.keys(EVENTS) as EventType[]).map(ofType),
  };
}

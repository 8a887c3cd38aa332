import { describe, expect, it } from 'vitest';
import { eventJsonSchema } from './event-schema.ts';
import { EVENTS } from './events.ts';

describe('the JSON Schema of events', () => {
  it('has exactly one branch for each type of event, told apart by the constant of its type', () => {
    const { oneOf } = eventJsonSchema() as { oneOf: { properties: { type: { const: string } } }[] };
    expect(oneOf.map((branch) => branch.properties.type.const)).toEqual(Object.keys(EVENTS));
  });

  it('is plain JSON: nothing is lost when it is printed', () => {
    const schema = eventJsonSchema();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it('demands the data of its type and lets a newer version add keys', () => {
    const { oneOf } = eventJsonSchema() as {
      oneOf: { title: string; properties: { data: Record<string, unknown> } }[];
    };
    const progress = oneOf.find((branch) => branch.title === 'step.progress')?.properties.data;
    expect(progress).toMatchObject({ required: ['step', 'attempt', 'fraction'] });
    expect(progress).not.toHaveProperty('additionalProperties');
  });
});

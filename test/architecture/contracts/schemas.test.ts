import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import { readYamlText } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../tree.ts';
import { checkedIn } from './files.ts';

const schema = new Validator(JSON.parse(checkedIn('docs/schema/workflow.schema.json')) as Schema, '2020-12', false);
const parsed = (path: string) => readYamlText(readFileSync(join(REPOSITORY, path), 'utf8'), path).value;

/** `examples/bmad` holds files of another form; the loader takes them, this schema is not theirs. */
const examples = readdirSync(join(REPOSITORY, 'examples'))
  .filter((name) => name !== 'bmad')
  .map((name) => `examples/${name}/workflow.yaml`);

describe('the published schema of workflow files', () => {
  it.each([...examples, 'test/e2e/fixtures/seed-blocks.yaml'])('takes %s, which runs', (path) => {
    const { errors } = schema.validate(parsed(path));
    expect(errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)).toEqual([]);
  });

  it.each([
    ['a misspelt key', { steps: { a: { dependson: ['b'] } } }],
    ['a wrong type', { steps: { a: { priority: 'high' } } }],
    ['a list of names as steps', { steps: ['a', 'b'] }],
    ['a group without a list', { execution_groups: { g: { agents: 'a' } } }],
    ['a policy that is none', { steps: { a: { on_failure: 'shrug' } } }],
  ])('refuses %s, as the loader does', (_name, value) => {
    expect(schema.validate(value).valid).toBe(false);
  });
});

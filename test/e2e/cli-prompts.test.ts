/** Prompts of a workflow file, filled in by the process of the agents, from `npx tutti run` to what the agents receive. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, tutti } from './cli-process.ts';
import { type Scripted, scripted, step } from './cli-scripted.ts';

/** Notes down what it was asked, and gives what its step says. */
const SCRIBE = `
import { defineAgent } from '@tutti/agent';
import { writeFileSync } from 'node:fs';

const scribe = (name) => defineAgent({
  name,
  run({ input, template }) {
    writeFileSync(name + '.json', JSON.stringify({ prompt: input.prompt, template }));
    return input.gives;
  },
});
export const analyst = scribe('analyst');
export const writer = scribe('writer');
`;

let at: Scripted;
beforeAll(() => {
  at = scripted();
  writeFileSync(join(at.folder, 'scribe.ts'), SCRIBE);
  mkdirSync(join(at.folder, 'prompts'));
});
afterAll(() => rmSync(at.folder, { recursive: true }));

const run = (file: string, ...flags: string[]): Promise<Ended> =>
  tutti(['run', file, '--output', 'json', ...flags], { cwd: at.folder });
const noted = (name: string): unknown => JSON.parse(readFileSync(join(at.folder, `${name}.json`), 'utf8'));
const failureOf = ({ stdout }: Ended): unknown =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TuttiEvent)
    .find(({ type }) => type === 'step.failed')?.data.error;

describe('a prompt of a workflow file', () => {
  it('reaches an agent filled in: with inputs of the run, results, and a step by its id', async () => {
    const template = 'Write {{ n }} lines for:\n{% for u in research.users %}- {{ u.name }}\n{% endfor %}';
    writeFileSync(join(at.folder, 'prompts/write.liquid'), template);
    const file = at.workflow('prompts', [
      'agents: ./scribe.ts',
      'workflow: { id: prompts }',
      'inputs: { idea: string, prompt: { type: string, default: mine } }',
      'steps:',
      step(
        'research',
        'agent: analyst, prompt: "Look at {{ inputs.idea }}: {{ prompt }}", with: { gives: { users: [{ name: Ada }, { name: Bo }] } }',
      ),
      step('text', 'agent: writer, template: prompts/write.liquid, with: { n: 3, gives: { done: true } }'),
    ]);
    const ended = await run(file, '--input', 'idea={{ n }} quizzes');
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(noted('analyst')).toEqual({
      prompt: 'Look at {{ n }} quizzes: mine',
      template: 'Look at {{ inputs.idea }}: {{ prompt }}',
    });
    expect(noted('writer')).toEqual({ prompt: 'Write 3 lines for:\n- Ada\n- Bo\n', template });
  });

  it('reaches a program on its stdin', async () => {
    const program = "fs.writeFileSync('program.json', fs.readFileSync(0)); console.log('{}')";
    const file = at.workflow('program', [
      'workflow: { id: program }',
      `agents: { say: { cmd: [node, -e, "${program}"] } }`,
      'steps:',
      step('a', 'agent: say, prompt: "Hello {{ who }}!", with: { who: Ada }'),
    ]);
    expect((await run(file)).code).toBe(0);
    expect(noted('program')).toMatchObject({
      kind: 'run',
      input: { prompt: 'Hello Ada!', who: 'Ada' },
      template: 'Hello {{ who }}!',
    });
  });
});

describe('a prompt that cannot be filled in', () => {
  it('fails its step once, and says where and what to do', async () => {
    writeFileSync(join(at.folder, 'prompts/part.liquid'), "Hello\n {% render 'other' %}");
    const file = at.workflow('part', [
      'agents: ./scribe.ts',
      'workflow: { id: part }',
      'steps:',
      step('a', 'agent: writer, template: prompts/part.liquid, retry: 3'),
    ]);
    const ended = await run(file);
    expect(ended.code).toBe(1);
    expect(failureOf(ended)).toMatchObject({
      code: 'render_failed',
      retryable: false,
      message:
        'The prompt of "a" cannot be filled in, at prompts/part.liquid:2:2: a prompt is one text, and there is no other that it could take in; write the text into the template itself',
    });
  });

  it('fails by the time that the file allows for it', async () => {
    const loops = '{% for a in (1..9999) %}{% for b in (1..9999) %}{{ b }}{% endfor %}{% endfor %}';
    const file = at.workflow('slow', [
      'agents: ./scribe.ts',
      'workflow: { id: slow }',
      'resource_manager: { resource_pool: { template_engine: { concurrent_renders: 1, render_timeout: 20_ms } } }',
      'steps:',
      step('a', `agent: writer, prompt: "${loops}", retry: 1`),
    ]);
    expect(failureOf(await run(file))).toMatchObject({ code: 'render_timeout', details: { limit: 20, step: 'a' } });
  });
});

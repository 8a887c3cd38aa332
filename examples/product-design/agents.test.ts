import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentDefinition, RunArgs } from '@tutti/agent';
import { loadWorkflow } from '@tutti/planner';
import { describe, expect, onTestFinished, test } from 'vitest';
import agents, { analyst, developer } from './agents.ts';

const FILE = new URL('./workflow.yaml', import.meta.url);
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-design-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function callWith<Input>(input: Input, more: Partial<RunArgs<Input>> = {}): RunArgs<Input> {
  return {
    input,
    context: { version: 0, read: async () => undefined, set: () => undefined, delete: () => undefined },
    progress: () => undefined,
    log: quiet,
    signal: new AbortController().signal,
    attempt: 1,
    idempotencyKey: 'run/step/0',
    epoch: 1,
    run: 'run',
    step: 'step',
    ...more,
  };
}

/** Validates as the agent host does, runs, validates again; the result has passed through JSON, as on the wire. */
async function runAgent(agent: AgentDefinition<never>, input: unknown): Promise<any> {
  const checked: any = await agent.input?.['~standard'].validate(input);
  expect(checked.issues).toBeUndefined();
  const returned = await agent.run(callWith(checked.value) as RunArgs<never>);
  const result: any = await agent.output?.['~standard'].validate(JSON.parse(JSON.stringify(returned)));
  expect(result.issues).toBeUndefined();
  return result.value;
}

const definition = () => loadWorkflow(readFileSync(FILE), { file: 'workflow.yaml' }).definition;

/** Runs the steps of the workflow file in its order, each with exactly the values that the file gives it. */
async function runWorkflow(out: string, inputs: Record<string, unknown> = {}, without: readonly string[] = []) {
  const { steps, inputs: declared } = definition();
  const defaults = Object.fromEntries(Object.entries(declared).map(([name, input]) => [name, input.default]));
  const context: Record<string, any> = {};
  for (const step of steps.filter(({ id }) => !without.includes(id))) {
    const input: Record<string, any> = { ...step.with, ...defaults, out, pace: 0, ...inputs };
    for (const { ref } of step.inputs.filter(({ from }) => from.length > 0)) {
      const [producer = '', key = ''] = ref.split('.');
      if (context[producer] === undefined) continue;
      input[producer] = { ...input[producer], [key]: context[producer][key] };
    }
    const agent = agents.find(({ name }) => name === step.agent);
    context[step.id] = await runAgent(agent as any, input);
  }
  return context;
}

const NAMES = ['01-analyst.md', '02-pm.md', '03-ux_expert.md', '04-architect.md', '05-developer.md', '06-qa.md'];

describe('the workflow of the example', () => {
  test('leaves six documents on disk, and nothing else', async () => {
    const out = join(scratchFolder(), 'deep', 'out');
    await runWorkflow(out);
    expect(readdirSync(out).toSorted()).toEqual(NAMES);
    for (const name of NAMES) {
      const text = readFileSync(join(out, name), 'utf8');
      expect(text).toMatch(/^# /);
      expect(text).toContain('No model was asked');
      expect(text).toContain('neighbours lend and borrow tools');
      expect(text).not.toMatch(/undefined|\[object|\{\{|\{%/);
      expect(text.length).toBeGreaterThan(1500);
    }
  });

  test('gives every agent the outputs that the file declares', async () => {
    const context = await runWorkflow(scratchFolder());
    for (const step of definition().steps) {
      const keys = step.outputs.map((path) => path.split('/')[2]);
      expect(Object.keys(context[step.id])).toEqual(expect.arrayContaining(keys));
    }
  });

  test('goes on with a design or an architecture alone', async () => {
    for (const missing of ['ux_expert', 'architect']) {
      const { qa } = await runWorkflow(scratchFolder(), {}, [missing]);
      expect(qa.gaps.length).toBe(1);
    }
  });

  test('pauses as long as its estimates say, in the end some 15 seconds', () => {
    const { steps } = definition();
    for (const step of steps) {
      const pace = Number(step.with['pace_ms']);
      expect(pace).toBeLessThanOrEqual(step.estimate.likelyMs);
      expect(pace).toBeGreaterThan(step.estimate.likelyMs * 0.85);
    }
    const way = ['analyst', 'pm', 'architect', 'developer', 'qa'];
    const sum = steps.filter(({ id }) => way.includes(id)).reduce((ms, step) => ms + step.estimate.likelyMs, 0);
    expect(sum).toBeGreaterThan(14_000);
    expect(sum).toBeLessThan(16_000);
  });

  test('shows what the idea says as text, whatever it holds', async () => {
    const out = scratchFolder();
    const idea = 'Cooks share recipes {{ 1 | plus: 1 }} | <b>bold</b> `code`\n\n# no heading';
    await runWorkflow(out, { idea });
    const text = readFileSync(join(out, '01-analyst.md'), 'utf8');
    expect(text).toContain('{{ 1 \\| plus: 1 }} \\| \\<b\\>bold\\</b\\> \\`code\\` # no heading');
  });
});

describe('an agent of the example', () => {
  const input = (out: string) => ({ idea: 'Cooks share recipes', out, pace_ms: 60_000, pace: 1 });

  test('says how far it is', async () => {
    const seen: number[] = [];
    const call = callWith({ ...input(scratchFolder()), pace: 0 }, { progress: (fraction) => seen.push(fraction) });
    await analyst.run(call);
    expect(seen).toEqual([0, 1 / 3, 2 / 3, 1]);
  });

  test('stops at the signal in the middle of its pause, and writes nothing', async () => {
    const out = scratchFolder();
    const controller = new AbortController();
    const progress = (): void => controller.abort(new Error('cancelled'));
    await expect(analyst.run(callWith(input(out), { progress, signal: controller.signal }))).rejects.toThrow(
      'cancelled',
    );
    expect(readdirSync(out)).toEqual([]);
  });

  test('refuses an empty idea', async () => {
    const checked: any = await analyst.input?.['~standard'].validate({ idea: '   ' });
    expect(checked.issues[0].message).toContain('must say something');
  });

  test('refuses a result of another shape instead of a document full of gaps', async () => {
    const checked: any = await developer.input?.['~standard'].validate({ idea: 'x', pm: { user_stories: [{}] } });
    expect(checked.issues.length).toBeGreaterThan(0);
  });
});

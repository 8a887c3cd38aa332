import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentDefinition, RunArgs } from '@tutti/agent';
import { describe, expect, test } from 'vitest';
import * as agents from './agents.ts';
import { mixedRepository, scratchFolder } from './testing/scratch-repository.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A call as the agent host makes it, with a context that holds nothing. */
function callWith<Input>(input: Input, signal = new AbortController().signal): RunArgs<Input> {
  return {
    input,
    context: { version: 0, read: async () => undefined, set: () => undefined, delete: () => undefined },
    progress: () => undefined,
    log: quiet,
    signal,
    attempt: 1,
    idempotencyKey: 'run:report/1',
    epoch: 1,
    run: 'run',
    step: 'step',
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

const READERS = [agents.languages, agents.dependencies, agents.history, agents.tests, agents.markers, agents.docs];

async function audit(repo: string, out: string) {
  const read = await Promise.all(READERS.map(async (agent) => [agent.name, await runAgent(agent as any, { repo })]));
  const found = Object.fromEntries(read);
  found.overview = await runAgent(agents.overview as any, found);
  found.risk = await runAgent(agents.risk as any, found);
  return { found, report: await runAgent(agents.report as any, { repo, out, ...found }) };
}

describe('the agents of the audit', () => {
  test('join what they read into one report on disk, and leave nothing else there', async () => {
    const scratch = mixedRepository();
    const out = join(scratchFolder(), 'deep', 'out');
    const { found, report } = await audit(scratch.root, out);
    const written = JSON.parse(readFileSync(report.files.json, 'utf8'));
    expect(readdirSync(out).toSorted()).toEqual(['report.json', 'report.md']);
    expect(written.head).toBe(scratch.git('rev-parse', 'HEAD').trim());
    expect(written.findings).toEqual(found);
    expect(written.findings.languages.totals.tracked_files).toBe(scratch.count('git ls-files | wc -l'));
    expect(readFileSync(report.files.markdown, 'utf8')).toContain('# Audit of');
    expect(report.missing).toEqual([]);
  });

  test('write the same report again when they are asked again', async () => {
    const scratch = mixedRepository();
    const out = mkdtempSync(join(scratchFolder(), 'out-'));
    const first = (await audit(scratch.root, out)).report;
    const text = readFileSync(first.files.markdown, 'utf8');
    const second = (await audit(scratch.root, out)).report;
    expect(readFileSync(second.files.markdown, 'utf8')).toBe(text);
  });

  test('refuse a path that is no repository, for good', async () => {
    const repo = scratchFolder();
    for (const agent of READERS) {
      await expect(agent.run(callWith({ repo }))).rejects.toMatchObject({ retryable: false });
    }
  });

  test('write nothing once they are cancelled', async () => {
    const out = scratchFolder();
    const { root } = mixedRepository();
    const call = callWith({ repo: root, out }, AbortSignal.abort(new Error('cancelled')));
    await expect(agents.report.run(call)).rejects.toThrow('cancelled');
    expect(readdirSync(out)).toEqual([]);
  });
});

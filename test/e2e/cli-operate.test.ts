/** Operating runs from the command line, against a real nats-server: pause, answer, signal, retry. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunView, TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended, Running } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

/** `gate` fails until a file is there, `holds` works until then. */
const GATE = `
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent } from '@tutti/agent';
export const holds = defineAgent({
  name: 'holds',
  async run({ input, signal }) {
    while (!existsSync(String(input.file))) await sleep(20, undefined, { signal });
    return { held: true };
  },
});
export const gate = defineAgent({
  name: 'gate',
  run({ input }) {
    if (!existsSync(String(input.file))) throw new Error('the gate is shut');
    return { passed: true };
  },
});
`;

let cluster: Services;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);
const viewOf = async (run: string): Promise<RunView> =>
  JSON.parse((await call('show', run, '--output', 'json')).stdout) as RunView;
const start = (file: string, id: string): Running => cluster.begin('run', file, '--run-id', id);

beforeAll(async () => {
  cluster = await Services.start();
  writeFileSync(join(cluster.at.folder, 'gate.ts'), GATE);
  await cluster.serve('up', '--name', 'node-1');
  await cluster.serve('agent', 'start', 'agents.ts', 'gate.ts', '--name', 'agents-1');
}, 120_000);
afterAll(async () => void (await cluster.stop()));

describe('a run of a cluster', () => {
  it('is paused and goes on, waits for a person and a signal, and ends well', async () => {
    const file = cluster.at.workflow('asked', [
      'workflow: { id: asked }',
      'steps:',
      step('a', `agent: holds, with: { file: ${join(cluster.at.folder, 'go')} }`),
      '  ok: { type: approval, ask: Ship it?, depends_on: [a] }',
      '  go: { type: signal, signal: green, depends_on: [ok] }',
      step('b', 'agent: work, depends_on: [go]'),
    ]);
    const run = start(file, 'asked-1');
    await run.line(/step\.started/);
    const paused = await call('pause', 'asked-1', '--by', 'ann', '--reason', 'to look');
    expect(paused.stderr).toBe('');
    expect(paused.stdout).toMatch(/^asked-1: paused by ann since .+: to look$/m);
    writeFileSync(join(cluster.at.folder, 'go'), '');
    await run.line(/"step\.succeeded"/);
    expect((await call('ls')).stdout).toMatch(/asked-1 +asked +paused/);
    expect((await viewOf('asked-1')).steps[1]).toMatchObject({ status: 'pending', waitsOn: { kind: 'pause' } });
    expect((await call('resume', 'asked-1', '--by', 'ben')).stdout).toBe('asked-1: running\n');
    await run.line(/"step\.waiting".*"person"/);
    expect((await call('show', 'asked-1')).stdout).toMatch(/ok +waiting .*for a person: Ship it\?/);
    expect((await call('show', 'asked-1')).stdout).toContain('answer it: tutti approve asked-1 ok');
    const approved = await call('approve', 'asked-1', 'ok', '--by', 'ann', '--comment', 'fine');
    expect([approved.code, approved.stdout]).toEqual([
      0,
      expect.stringContaining('asked-1: "ok" is approved by ann; '),
    ]);
    const late = await call('approve', 'asked-1', 'ok', '--reject', '--by', 'eve');
    expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/ann approved "ok".*\[already_answered\]/s)]);
    await run.line(/"step\.waiting".*"signal"/);
    expect((await call('show', 'asked-1')).stdout).toContain('answer it: tutti signal asked-1 green');
    const signalled = await call('signal', 'asked-1', 'green', '--data', '{"build":7}', '--by', 'ci');
    expect([signalled.code, signalled.stdout]).toEqual([
      0,
      expect.stringMatching(/^asked-1: the signal "green" is given; /),
    ]);
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    expect((await viewOf('asked-1')).steps[1]?.answer).toMatchObject({ by: 'ann', approved: true, comment: 'fine' });
    const over = await call('pause', 'asked-1');
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining('[run_finished]')]);
  }, 120_000);

  it('that failed is retried from where it failed, and followed from its last event on', async () => {
    const file = cluster.at.workflow('gated', [
      'workflow: { id: gated }',
      'steps:',
      step('a', 'agent: work'),
      step('gate', `with: { file: ${join(cluster.at.folder, 'open')} }, retry: 1, depends_on: [a]`),
      step('b', 'agent: work, depends_on: [gate]'),
    ]);
    expect((await call('run', file, '--output', 'quiet', '--run-id', 'gated-1')).code).toBe(1);
    const { lastSeq } = await viewOf('gated-1');
    writeFileSync(join(cluster.at.folder, 'open'), '');
    const refused = await call('retry', 'gated-1', '--from', 'nobody');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[unknown_step]')]);
    expect((await call('retry', 'gated-1', '--by', 'ann')).code).toBe(0);
    const follow = await call('events', 'gated-1', '--from', String(lastSeq + 1), '--follow', '--output', 'json');
    const events = follow.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TuttiEvent);
    expect(events[0]).toMatchObject({ type: 'run.retried', data: { by: 'ann', steps: ['gate', 'b'], kept: 1 } });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', data: { outcome: 'succeeded' } });
    expect((await viewOf('gated-1')).steps.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
    const again = await call('retry', 'gated-1');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('[nothing_to_retry]')]);
  }, 120_000);
});

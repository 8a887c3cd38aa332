/** Runs that have ended leave a cluster with a real nats-server: archived, purged, or because there are too many. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectNats } from '@tutti/bus';
import { type RunArchive, runArchive } from '@tutti/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ended } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);

/** Runs whose journals the broker has, by kind: `wf done-1`. */
async function journals(): Promise<string[]> {
  const bus = await connectNats({ servers: cluster.server.url, name: 'looks' });
  const keys = await bus.logs.keys('>');
  await bus.close();
  return keys.filter((key) => /^(wf|ctx)\./.test(key)).map((key) => key.replace(/\.\d+\./, ' '));
}

const workflow = (): string =>
  cluster.at.workflow('done', ['workflow: { id: done }', 'steps:', step('a', 'agent: work')]);
const ran = async (file: string, id: string): Promise<void> => {
  expect((await call('run', file, '--output', 'quiet', '--run-id', id)).code).toBe(0);
};

beforeEach(async () => {
  cluster = await Services.start();
});
afterEach(async () => void (await cluster.stop()));

describe('a run that has ended', () => {
  it('is archived whole, purged, and gone; its id is free', async () => {
    await cluster.serve('up', '--name', 'node-1');
    await cluster.serve('agent', 'start', 'agents.ts', '--name', 'agents-1');
    const file = workflow();
    await ran(file, 'done-1');
    await ran(file, 'done-2');
    const archived = await call('archive', 'done-1', '--to', 'done-1.json', '--purge');
    expect([archived.code, archived.stderr]).toEqual([0, '']);
    expect(archived.stdout).toMatch(/^done-1: \d+ events written to done-1\.json; purged$/m);
    const read = JSON.parse(readFileSync(join(cluster.at.folder, 'done-1.json'), 'utf8')) as RunArchive;
    expect(runArchive.parse(read)).toEqual(read);
    expect(read.view).toMatchObject({ run: 'done-1', outcome: 'succeeded', lastSeq: read.events.length });
    expect(read.events.map(({ seq }) => seq)).toEqual(read.events.map((_, i) => i + 1));
    expect(read.events.at(-1)).toMatchObject({ type: 'run.finished' });
    expect(read.context.version).toBe(read.view.contextVersion);
    expect(await journals()).toEqual(['ctx done-2', 'wf done-2']);
    const shown = await call('show', 'done-1');
    expect([shown.code, shown.stderr]).toEqual([2, expect.stringContaining('[unknown_run]')]);
    expect((await call('ls')).stdout).not.toContain('done-1');
    const over = await call('archive', 'done-2', '--to', 'done-1.json', '--purge');
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining('nothing is written over it')]);
    expect(over.stderr).not.toContain('--help');
    expect((await call('purge', 'done-2')).stdout).toBe('done-2: purged\n');
    expect((await call('purge', 'done-2')).stdout).toBe('done-2: nothing was kept of it\n');
    expect(await journals()).toEqual([]);
    await ran(file, 'done-1');
    expect(await journals()).toEqual(['ctx done-1', 'wf done-1']);
  }, 180_000);

  it('is not asked for: one that waits is neither archived nor purged', async () => {
    await cluster.serve('up', '--name', 'node-1');
    const file = cluster.at.workflow('asks', [
      'workflow: { id: asks }',
      'steps:',
      '  ok: { type: approval, ask: Now? }',
    ]);
    const run = cluster.begin('run', file, '--run-id', 'asks-1');
    await run.line(/step\.waiting/);
    for (const command of [
      ['purge', 'asks-1'],
      ['archive', 'asks-1', '--to', 'asks.json', '--purge'],
    ]) {
      const refused = await call(...command);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[run_active]')]);
    }
    expect((await call('approve', 'asks-1', 'ok')).code).toBe(0);
    expect((await run.ended).code).toBe(0);
    expect((await call('purge', 'asks-1')).stdout).toBe('asks-1: purged\n');
  }, 180_000);
});

describe('a node that keeps two runs', () => {
  it('purges the oldest when another ends', async () => {
    await cluster.serve('up', '--name', 'node-1', '--keep', '2');
    await cluster.serve('agent', 'start', 'agents.ts', '--name', 'agents-1');
    const file = workflow();
    for (const id of ['r1', 'r2', 'r3', 'r4']) await ran(file, id);
    const kept = ['ctx r3', 'ctx r4', 'wf r3', 'wf r4'];
    await expect.poll(async () => (await journals()).sort(), { timeout: 30_000, interval: 250 }).toEqual(kept);
    expect((await call('ls')).stdout).not.toContain('r1');
  }, 180_000);
});

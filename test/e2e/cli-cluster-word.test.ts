/** What a cluster says to somebody who gives it a file and leaves: whose pool holds, who offers agents, what came of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended, Running } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
let first: Running;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);
const rowsOf = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** Its agents are a module and a program; three steps that may run at once, as far as the file goes. */
const WIDE = [
  `agents: { module: ./agents.ts, says: { cmd: [node, -e, 'console.log(JSON.stringify({ said: true }))'] } }`,
  'workflow: { id: wide }',
  'pool: { concurrent_agent_limit: 3 }',
  'steps:',
  ...['a', 'b', 'c'].map((id) => step(id, 'agent: work, with: { ms: 100 }')),
  step('d', 'agent: says'),
];

beforeAll(async () => {
  cluster = await Services.start();
  first = await cluster.serve('up', '--name', 'node-1', '--pool', 'agents=1');
}, 120_000);
afterAll(async () => void (await cluster.stop()));

describe('a run that was given to a cluster', () => {
  it('goes on without whoever gave it, in the pool of the cluster, by agents of its file, and its result is fetched', async () => {
    const file = cluster.at.workflow('wide', WIDE);
    const given = await call('run', file, '--detach', '--run-id', 'wide-1');
    expect([given.code, given.stdout]).toEqual([0, 'wide-1\n']);
    expect(given.stderr).toContain('the pool of the cluster holds, not that of wide.yaml: agents=1 (the file: 3)');
    for (const agent of ['work', 'says'])
      expect(given.stderr).toContain(`no live instance offers the agent "${agent}"`);
    expect(given.stderr).toContain('`tutti result wide-1 --result FILE`');
    await expect
      .poll(async () => (await call('show', 'wide-1')).stdout, { timeout: 20_000 })
      .toMatch(/^\w +waiting .*waits .* for instance (work|says)/m);
    const early = await call('result', 'wide-1');
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('[run_active]')]);
    await cluster.serve('agent', 'start', file, '--name', 'agents-1');
    const events = rowsOf<TuttiEvent>((await call('events', 'wide-1', '--follow', '--output', 'json')).stdout);
    const marks = events.map(({ type }) => ({ 'step.started': 1, 'step.succeeded': -1 })[type as string] ?? 0);
    let running = 0;
    expect(Math.max(...marks.map((mark) => (running += mark)))).toBe(1);
    const left = await call('result', 'wide-1', '--output', 'json');
    expect(left.code).toBe(0);
    expect(JSON.parse(left.stdout)).toMatchObject({
      run: 'wide-1',
      outcome: 'succeeded',
      result: { says: { said: true } },
    });
    expect((await call('result', 'wide-1', '--result', 'left.json')).stdout).toContain('written to left.json');
    expect(JSON.parse(readFileSync(join(cluster.at.folder, 'left.json'), 'utf8'))).toMatchObject({
      says: { said: true },
    });
  }, 120_000);
});

describe('a node that was given another pool, and is killed', () => {
  it('is found by doctor; while it is replaced ls says what it lacks, and whoever takes over says so', async () => {
    const second = await cluster.serve('up', '--name', 'node-2', '--pool', 'agents=2');
    await first.line(/another node was given another pool/, 'stderr');
    let doctor: Ended | undefined;
    // While the pool moves to the new node nobody manages it for a moment.
    const asked = async (): Promise<string> => {
      doctor = await call('doctor');
      return doctor.stdout;
    };
    await expect
      .poll(asked, { timeout: 20_000 })
      .toMatch(/✗ pool {2}nodes differ, that of node-. holds: .*node-1 agents=1, .*node-2 agents=2, /);
    expect([doctor?.code, doctor?.stdout]).toEqual([1, expect.stringMatching(/✓ dead letters {2}none/)]);
    const ids = ['k1', 'k2', 'k3', 'k4'];
    const runs = ids.map((id) => call('run', 'wide.yaml', '--output', 'quiet', '--run-id', id));
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    second.kill('SIGKILL');
    const ls = await call('ls', '--output', 'json');
    const rows = rowsOf<{ run?: string; incomplete?: unknown }>(ls.stdout);
    const lacking = rows.filter(({ incomplete }) => incomplete !== undefined);
    expect([ls.code, ls.stderr.includes('this list is not complete')]).toEqual(
      lacking.length === 0 ? [0, false] : [3, true],
    );
    if (lacking.length === 0) expect(rows).toHaveLength(5);
    expect(await first.line(/"msg":"this node took over/, 'stderr')).toMatch(/"from":"node-2".*"runs":\d/);
    expect(rowsOf((await call('ls', '--output', 'json')).stdout)).toHaveLength(5);
  }, 180_000);
});

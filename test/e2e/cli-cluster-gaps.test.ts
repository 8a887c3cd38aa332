/** A cluster in which something is missing or named twice: what is said of it. */
import { connectNats } from '@tutti/bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, startTutti } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);

beforeAll(async () => {
  cluster = await Services.start({ version: 'current' });
  await cluster.serve('up', '--roles', 'supervisor,context', '--name', 'half');
  await cluster.serve('agent', 'start', 'agents.ts', '--name', 'workers');
});
afterAll(async () => void (await cluster.stop()));

describe('a cluster without a resource manager', () => {
  it('is found wanting by doctor', async () => {
    const { code, stdout } = await call('doctor');
    expect(stdout).toMatch(/✗ role resources {2}nobody offers it.*tutti up --nats URL --roles resources/);
    expect(code).toBe(1);
  });

  it('lets a run wait that says its id and what it waits for, and that goes on once the role is there', async () => {
    const file = cluster.at.workflow('waits', ['workflow: { id: waits }', 'steps:', step('a', 'agent: work')]);
    const run = startTutti(['run', file, '--nats', cluster.server.url, '--run-id', 'waits-1'], {
      cwd: cluster.at.folder,
    });
    expect(await run.line(/^tutti: run /, 'stderr')).toContain('run waits-1; `tutti events waits-1 --follow`');
    await run.line(/no node offers resources; start one with/, 'stderr');
    await cluster.serve('up', '--roles', 'resources', '--name', 'other-half');
    expect((await run.ended).code).toBe(0);
  });
});

describe('an agent that nobody offers', () => {
  it('is named by doctor while runs wait for it', async () => {
    expect((await call('doctor')).stdout).toMatch(/✓ waiting runs/);
    const file = cluster.at.workflow('orphan', ['workflow: { id: orphan }', 'steps:', step('a', 'agent: reviewer')]);
    await call('run', file, '--detach', '--run-id', 'orphan-1');
    const found = async (): Promise<string> => (await call('doctor')).stdout;
    await expect
      .poll(found, { timeout: 20_000 })
      .toMatch(/✗ waiting runs {2}nobody offers .*: reviewer \(1 run\): start/);
    expect((await call('cancel', 'orphan-1')).code).toBe(0);
    expect(await found()).toMatch(/✓ waiting runs/);
  });
});

describe('a name', () => {
  it.each([
    ['up', ['up', '--name', 'half']],
    ['agent start', ['agent', 'start', 'agents.ts', '--name', 'workers']],
  ])('of a live process is refused to a second %s', async (_, args) => {
    const { code, stderr } = await call(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/A live process is called "(half|workers)" already: process \d+ on .*\[name_taken\]/s);
  });
});

describe('what no machine can take', () => {
  it('lies aside, is shown with its bytes, refused again when it is sent again, and forgotten when it is dropped', async () => {
    const bus = await connectNats({ servers: cluster.server.url, name: 'stranger', prepareStreams: false });
    bus.publish('tutti.wf.1.nobody', new Uint8Array([0xc1, 7]), { headers: { 'Content-Type': 'application/msgpack' } });
    await bus.close();
    const letters = async (): Promise<{ id: string }[]> =>
      (await call('dlq', 'ls', '--output', 'json')).stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    await expect.poll(letters, { timeout: 20_000 }).toHaveLength(1);
    const [{ id }] = (await letters()) as [{ id: string }];
    expect((await call('doctor')).stdout).toMatch(/· dead letters {2}1 \(0 runs\): see `tutti dlq ls`/);
    expect((await call('dlq', 'show', id)).stdout).toMatch(/to {7}tutti\.wf\.1\.nobody\n.*\[bad_message\].*c107/s);
    const again = await call('dlq', 'retry', id);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('[bad_message]')]);
    expect((await letters()).map((l) => l.id)).toEqual([id]);
    expect((await call('dlq', 'drop', id)).stdout).toBe(`${id}: the letter is forgotten\n`);
    expect((await call('dlq', 'ls')).stdout).toBe('Nothing lies aside.\n');
    const gone = await call('dlq', 'show', id);
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('[unknown_letter]')]);
  });
});

describe('what a person asks for in vain', () => {
  it.each([
    [['run', 'waits.yaml', '--run-id', 'bad id'], /--run-id "bad id" cannot be the id of a run/],
    [['show', 'a b'], /RUN "a b" cannot be the id of a run/],
    [['up', '--replicas', '2'], /must be 1, 3 or 5/],
    [['no-such-command'], /\[bad_usage\]/],
  ])('%j is bad usage: 2', async (args, says) => {
    const { code, stderr } = await call(...args);
    expect(stderr).toMatch(says);
    expect(stderr).toContain('[bad_usage]');
    expect(code).toBe(2);
  });

  it('copies on a server that stands alone: 7, and why', async () => {
    const { code, stderr } = await call('up', '--replicas', '3', '--prefix', 'alone');
    expect(stderr).toContain('this server stands alone');
    expect(code).toBe(7);
  });

  it('a run that nobody can serve: it is said how to start a node', async () => {
    const { code, stderr } = await call('ls', '--prefix', 'elsewhere');
    expect(stderr).toContain('No node answers: start one with `tutti up --nats URL` (under "elsewhere")');
    expect(code).toBe(7);
  });

  it('to cancel a run that is over: 2', async () => {
    const { code, stderr } = await call('cancel', 'waits-1');
    expect(stderr).toContain('The run waits-1 is over: succeeded');
    expect(stderr).toContain('[run_finished]');
    expect(code).toBe(2);
  });
});

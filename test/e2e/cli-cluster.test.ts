/** The command line against a real nats-server: nodes and agents as processes of their own. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connectNats } from '@tutti/bus';
import { checkEvent, type TuttiEvent } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, ROOT, startTutti, tutti } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);
const eventsOf = (text: string): TuttiEvent[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TuttiEvent);

beforeAll(async () => {
  cluster = await Services.start();
  await cluster.serve('up', '--roles', 'supervisor', '--name', 'node-s');
  await cluster.serve('up', '--roles', 'resources', '--name', 'node-r');
  await cluster.serve('up', '--roles', 'context', '--name', 'node-c');
  await cluster.serve('agent', 'start', 'agents.ts', '-n', '1', '--name', 'agents-1');
  await cluster.serve('agent', 'start', 'agents.ts', '-n', '1', '--name', 'agents-2');
});
afterAll(async () => {
  expect((await cluster.stop()).every((code) => code === 0)).toBe(true);
});

/** Steps one after another and side by side, long enough for somebody to join meanwhile. */
const longWorkflow = (name: string): string =>
  cluster.at.workflow(name, [
    `workflow: { id: ${name} }`,
    'steps:',
    ...Array.from({ length: 18 }, (_, n) => step(`s${n}`, 'agent: work, with: { ms: 1000 }')),
  ]);

describe('five processes', () => {
  it('run a workflow together; a third agent process that starts mid-run takes work', async () => {
    const run = startTutti(
      ['run', longWorkflow('join'), '--nats', cluster.server.url, '--output', 'json', '--run-id', 'join-1'],
      {
        cwd: cluster.at.folder,
      },
    );
    await run.line(/step\.started/);
    await cluster.serve('agent', 'start', 'agents.ts', '-n', '2', '--name', 'agents-3');
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    const events = eventsOf(ended.stdout);
    expect(events.map(checkEvent).filter((problem) => problem !== undefined)).toEqual([]);
    const instances = events.filter(({ type }) => type === 'step.started').map(({ data }) => String(data.instance));
    for (const process of ['agents-1', 'agents-2', 'agents-3']) {
      expect(instances.some((instance) => instance.startsWith(process))).toBe(true);
    }
  });

  it('audit a repository together with two agent processes of their own, as one process does', async () => {
    const example = (file: string): string => join(ROOT, 'examples/repo-audit', file);
    for (const name of ['audit-1', 'audit-2'])
      await cluster.serve('agent', 'start', example('agents.ts'), '--name', name);
    const input = ['--input', `repo=${ROOT}`, '--input', `out=${join(cluster.at.folder, 'audit')}`];
    const ended = await call('run', example('workflow.yaml'), ...input, '--output', 'json', '--run-id', 'audit-1');
    // All that is to be said: the file asks for more agents at once than this cluster lets work.
    expect(ended.stderr).toMatch(/^tutti: the pool of the cluster holds, .*: agents=3 \(the file: 6\); .*\n$/);
    expect(ended.code).toBe(0);
    const events = eventsOf(ended.stdout);
    expect(events.map(checkEvent).filter((problem) => problem !== undefined)).toEqual([]);
    const started = events.filter(({ type }) => type === 'step.started').map(({ data }) => String(data.instance));
    for (const name of ['audit-1', 'audit-2']) expect(started.some((i) => i.startsWith(`${name}-`))).toBe(true);
    const report = JSON.parse(readFileSync(join(cluster.at.folder, 'audit/report.json'), 'utf8'));
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trimEnd().split('\n').length;
    expect(report.findings.languages.totals.tracked_files).toBe(tracked);
  });

  it('tell plain subscribers readable JSON', async () => {
    const bus = await connectNats({ servers: cluster.server.url, name: 'listener', prepareStreams: false });
    const seen: TuttiEvent[] = [];
    bus.subscribe('tutti.evt.>', ({ data }) => void seen.push(JSON.parse(new TextDecoder().decode(data))));
    await bus.flush();
    const file = cluster.at.workflow('heard', ['workflow: { id: heard }', 'steps:', step('a', 'agent: work')]);
    expect((await call('run', file, '--output', 'quiet', '--run-id', 'heard-1')).code).toBe(0);
    await bus.close();
    const own = seen.filter(({ run }) => run === 'heard-1');
    expect(own.map(({ type }) => type)).toEqual(expect.arrayContaining(['run.submitted', 'run.finished']));
    expect(seen.map(checkEvent).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('are listed by agent ls, and found well by doctor', async () => {
    const agents = await call('agent', 'ls', '--output', 'json');
    const processes = eventsOf(agents.stdout).map((row) => (row as unknown as { process: string }).process);
    expect(processes).toEqual(expect.arrayContaining(['agents-1', 'agents-2']));
    const doctor = await call('doctor');
    expect(doctor.stdout).toMatch(/✓ node node-s/);
    expect(doctor.stdout).toMatch(/✓ broker version/);
    expect(doctor.code).toBe(0);
    expect((await call('doctor', '--quiet')).stdout).toBe('');
  });
});

describe('runs of a cluster', () => {
  beforeAll(async () => {
    const file = cluster.at.workflow('kept', ['workflow: { id: kept }', 'steps:', step('a', 'agent: work')]);
    await call('run', file, '--output', 'quiet', '--run-id', 'kept-1');
  });

  it('are listed, shown and read back from any sequence', async () => {
    expect((await call('ls')).stdout).toMatch(/kept-1 +kept +succeeded +1\/1/);
    expect((await call('show', 'kept-1')).stdout).toMatch(/a +succeeded +1/);
    const all = eventsOf((await call('events', 'kept-1', '--output', 'json')).stdout);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    const rest = eventsOf((await call('events', 'kept-1', '--from', '3', '--follow', '--output', 'json')).stdout);
    expect(rest).toEqual(all.slice(2));
  });

  it('that nobody knows are named, with exit code 2', async () => {
    for (const command of ['show', 'events', 'cancel']) {
      const { code, stderr } = await call(command, 'nobody-knows');
      expect(code).toBe(2);
      expect(stderr).toContain('no run "nobody-knows"');
    }
  });

  it('submitted again by the same id and content answer the same', async () => {
    const { code, stdout } = await call('run', 'kept.yaml', '--output', 'quiet', '--run-id', 'kept-1');
    expect(code).toBe(0);
    expect(stdout).toContain('kept-1');
  });

  it('submitted with the id of another workflow are refused', async () => {
    const file = cluster.at.workflow('other', ['workflow: { id: other }', 'steps:', step('b', 'agent: work')]);
    const { code, stderr } = await call('run', file, '--run-id', 'kept-1');
    expect(code).toBe(2);
    expect(stderr).toContain('[run_exists]');
  });

  it('are cancelled from another process, and whoever watches ends 130', async () => {
    const watching = startTutti(
      ['run', longWorkflow('stop'), '--nats', cluster.server.url, '--output', 'json', '--run-id', 'stop-1'],
      {
        cwd: cluster.at.folder,
      },
    );
    await watching.line(/step\.started/);
    expect((await call('cancel', 'stop-1', '--reason', 'no longer wanted')).code).toBe(0);
    const ended = await watching.ended;
    expect(ended.code).toBe(130);
    expect(eventsOf(ended.stdout).at(-1)?.data).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('what cannot be served', () => {
  it('doctor ends 7 without a broker and 1 without a node', async () => {
    const none = await tutti(['doctor', '--nats', 'nats://127.0.0.1:1']);
    expect(none.code).toBe(7);
    expect(none.stdout).toContain('✗ broker');
    const empty = await tutti(['doctor', '--nats', cluster.server.url, '--prefix', 'elsewhere']);
    expect(empty.code).toBe(1);
    expect(empty.stdout).toContain('tutti up --nats');
  });

  it('doctor tells a server of another protocol from a broker', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0-other\r\n'));
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    const { code, stdout } = await tutti(['doctor', '--nats', `nats://127.0.0.1:${port}`]);
    other.close();
    expect(code).toBe(7);
    expect(stdout).toContain('no NATS server');
  });

  it('a node with an unknown role, or with no broker, does not start', async () => {
    const role = await tutti(['up', '--nats', cluster.server.url, '--roles', 'king']);
    expect(role.code).toBe(2);
    expect(role.stderr).toContain('"king"');
    const broker = await tutti(['up', '--nats', 'nats://127.0.0.1:1']);
    expect(broker.code).toBe(7);
  });

  it('an agent file that exports no agent is refused', async () => {
    const { code, stderr } = await call('agent', 'start', 'good.yaml.missing.ts');
    expect(code).toBe(2);
    expect(stderr).toContain('[bad_agent_file]');
  });
});

/** What the command line tells of where the time of a run went, what it left when, and what processes measured. */
import { connectNats } from '@tutti/bus';
import {
  checkEvent,
  type ProcessMetrics,
  processMetrics,
  type RunMetrics,
  runMetrics,
  type TuttiEvent,
} from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, tutti } from './cli-process.ts';
import { step } from './cli-scripted.ts';
import { Services } from './cli-services.ts';

let cluster: Services;
const call = (...args: string[]): Promise<Ended> => cluster.call(...args);
const json = async <T>(...args: string[]): Promise<T> =>
  JSON.parse((await call(...args, '--output', 'json')).stdout) as T;

beforeAll(async () => {
  cluster = await Services.start();
  await cluster.serve('up', '--name', 'node-1', '--pool', 'agents=1', '--metrics', '1s');
  await cluster.serve('agent', 'start', 'agents.ts', '-n', '2', '--name', 'agents-1', '--metrics', '1s');
});
afterAll(async () => {
  expect((await cluster.stop()).every((code) => code === 0)).toBe(true);
});

/** `first` holds the only place of the pool; `second` waits for it, and `last` for both. */
const inTurn = (name: string, ms: number): string =>
  cluster.at.workflow(name, [
    `workflow: { id: ${name} }`,
    'steps:',
    step('first', `agent: work, with: { ms: ${ms} }, priority: 10`),
    step('second', 'agent: work, with: { ms: 100 }, priority: 1'),
    step('last', 'agent: work, depends_on: [first, second]'),
  ]);

interface Path {
  readonly steps: readonly string[];
  readonly ms: Readonly<Record<string, number>>;
  readonly takenMs: number;
}

describe('a run that has ended', () => {
  beforeAll(async () => {
    expect((await call('run', inTurn('over', 600), '--output', 'quiet', '--run-id', 'over-1')).code).toBe(0);
  });

  it('says where its time went, to the millisecond', async () => {
    const { path, waiting } = await json<{ path: Path; waiting: readonly unknown[] }>('why', 'over-1');
    expect(path.steps).toEqual(['first', 'second', 'last']);
    expect(Object.values(path.ms).reduce((sum, ms) => sum + ms, 0)).toBe(path.takenMs);
    expect(path.ms['work']).toBeGreaterThan(650);
    expect(waiting).toEqual([]);
    const { stdout, code } = await call('why', 'over-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/agents at work +\S+ m?s +\d+\.\d %/);
    expect((await call('why', 'over-1', 'second')).stdout).toMatch(/waited for the pool: .*held by over-1\/first/);
  });

  it('has figures by the names of the specification, and says which it does not know', async () => {
    const told = await json<RunMetrics & { ended: boolean }>('metrics', 'over-1');
    expect(told.ended).toBe(true);
    expect(runMetrics.safeParse(told).success).toBe(true);
    const { execution_metrics: execution, quality_metrics: quality, unknown } = told;
    expect(execution.individual_agent_execution_time?.steps['first']).toBeGreaterThan(580);
    expect(execution.parallel_efficiency_ratio).toBeGreaterThan(0.3);
    expect(execution.context_lock_wait_time).toBeGreaterThan(0);
    expect(execution.resource_utilization_percentage?.agents).toBeGreaterThan(50);
    expect(quality.output_quality_scores).toBeNull();
    expect(unknown).toHaveProperty('output_quality_scores');
    const { metrics } = await json<{ metrics: RunMetrics }>('show', 'over-1');
    expect(metrics.execution_metrics).toEqual(execution);
    expect((await call('metrics', 'over-1')).stdout).toMatch(/retry_rate +0\n/);
  });

  it('shows its context at any version, and who wrote it', async () => {
    const whole = await call('ctx', 'over-1');
    expect(JSON.parse(whole.stdout)).toMatchObject({ first: { done: true }, last: { done: true } });
    expect(whole.stderr).toMatch(/over-1: the whole context, version 3\n/);
    const one = await json<{ version: number; value: unknown; history: readonly { step: string }[] }>(
      ...['ctx', 'over-1', 'first.done', '--at', '2'],
    );
    expect(one).toMatchObject({ version: 2, path: '/first/done', value: true });
    expect(one.history.map((write) => write.step)).toEqual(['first']);
    const none = await call('ctx', 'over-1', '/nowhere');
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('nothing at /nowhere, version 3');
    expect((await call('ctx', 'over-1', '--at', '99')).stderr).toContain('[version_gone]');
    expect((await call('ctx', 'over-1', '/a~5')).code).toBe(2);
  });
});

describe('a run that goes on', () => {
  it('says what each step waits for, since when, and who holds it', async () => {
    const running = cluster.begin('run', inTurn('held', 20_000), '--run-id', 'held-1');
    await running.line(/"step.waiting".*"second"/);
    const second = await call('why', 'held-1', 'second');
    expect(second.stdout).toMatch(/second waits for agents.*, held by held-1\/first, for \d/);
    expect(second.stdout).toMatch(/\n +first runs on agents-1-\S+, for \d/);
    const { because } = await json<{ because: readonly { step: string; depth: number }[] }>('why', 'held-1', 'last');
    expect(because.map(({ step: id, depth }) => `${depth} ${id}`)).toEqual(['0 last', '1 first', '1 second']);
    expect((await call('why', 'held-1')).stdout).toMatch(/WAITS NOW +FOR +FOR WHAT *\nsecond +\S+ m?s +agents/);
    expect((await call('why', 'held-1', 'nobody')).stderr).toContain('[unknown_step]');
    const { ended, execution_metrics: execution } = await json<RunMetrics & { ended: boolean }>('metrics', 'held-1');
    expect({ ended, time: execution.total_workflow_time }).toEqual({ ended: false, time: null });
    await call('cancel', 'held-1');
    expect((await running.ended).code).toBe(130);
  });
});

describe('a run in this process', () => {
  it('tells its figures as an event, just before its end', async () => {
    const file = cluster.at.workflow('here', ['workflow: { id: here }', 'steps:', step('a', 'agent: work')]);
    const { stdout } = await tutti(['run', file, '--output', 'json'], { cwd: cluster.at.folder });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TuttiEvent);
    expect(events.map(checkEvent).filter((problem) => problem !== undefined)).toEqual([]);
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['run.metrics', 'run.finished']);
    expect((events.at(-2)?.data as RunMetrics | undefined)?.execution_metrics.total_workflow_time).toBeGreaterThan(0);
  });
});

describe('processes that were asked to', () => {
  it('publish what they measure as JSON', async () => {
    const bus = await connectNats({ servers: cluster.server.url, name: 'listener', prepareStreams: false });
    const heard = new Map<string, ProcessMetrics>();
    const both = new Promise<void>((resolve) => {
      bus.subscribe('tutti.metrics.>', ({ data }) => {
        const told = processMetrics.parse(JSON.parse(new TextDecoder().decode(data)));
        heard.set(told.process, told);
        if (heard.has('node-1') && heard.has('agents-1')) resolve();
      });
    });
    await both;
    await bus.close();
    const names = (process: string): readonly string[] => heard.get(process)?.series.map(({ name }) => name) ?? [];
    expect(names('node-1')).toEqual(expect.arrayContaining(['kernel.steps', 'supervisor.runs.ended', 'kernel.actors']));
    expect(names('agents-1')).toContain('agent.attempts');
  });

  it('are told a span that makes sense', async () => {
    const { code, stderr } = await call('up', '--metrics', '0s');
    expect(code).toBe(2);
    expect(stderr).toContain('from 1s to 1h');
  });
});

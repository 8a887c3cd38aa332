/** What processes measure while runs go on in them: every instrument of the table, and nothing where nobody asked. */
import { defineAgent } from '@tutti/agent';
import { createMemoryBroker } from '@tutti/bus';
import { apiVerb, type MessageOf, type ProcessMetrics, processMetrics } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { loadWorkflow } from '@tutti/planner';
import { createMemoryMeter, INSTRUMENTS, type InstrumentName, noopMeter } from '@tutti/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentProcess, startAgentProcess } from '../agent-process.ts';
import { type Node, startNode } from '../node.ts';
import { measuring } from './told.ts';

/** A group whose members clash, one of which fails at first; work that is given again, or makes room; a person is waited for. */
const FILE = `
workflow: { id: measured }
groups:
  both: { agents: [left, right], synchronization: barrier_sync }
steps:
  left: { agent: left, outputs: [/shared], retry: { max_attempts: 3, backoff: 1_ms } }
  right: { agent: right, outputs: [/shared] }
  new: { agent: pure, with: { n: 1 }, depends_on: [both] }
  again: { agent: pure, with: { n: 1 }, depends_on: [both] }
  other: { agent: pure, with: { n: 2 }, depends_on: [new, again] }
  last: { type: approval, depends_on: [other] }
`;

let failures = 0;
const together: (() => void)[] = [];
/** Both have read before one of them is done. */
const meet = (): Promise<void> =>
  new Promise((resolve) => {
    together.push(resolve);
    if (together.length === 2) for (const go of together) go();
  });
const agents = [
  defineAgent({
    name: 'left',
    async run({ context }) {
      failures += 1;
      if (failures === 1) throw new Error('the first time');
      await meet();
      context.set('/shared', 'left');
    },
  }),
  defineAgent({
    name: 'right',
    async run({ context }) {
      await meet();
      context.set('/shared', 'right');
    },
  }),
  defineAgent({ name: 'pure', cache: true, run: ({ input }) => 'x'.repeat(1_000 + Number(input['n'])) }),
];

/** Room for one result of the cached agent, and not for two. */
const agentOptions = { outputCacheBytes: 1_500 };
const EVERY_MS = 50;

describe('a cluster that publishes what it measures', () => {
  const published: ProcessMetrics[] = [];
  const names = (): ReadonlySet<string> => new Set(published.flatMap(({ series }) => series.map(({ name }) => name)));
  let broker: ReturnType<typeof createMemoryBroker>;
  let nodes: Node[] = [];
  let agentProcess: AgentProcess;
  const start = async (name: string): Promise<Node> => {
    const roles = ['supervisor', 'context', 'resources'] as const;
    const node = await startNode({ bus: broker.connect(name), name, roles, metricsEveryMs: EVERY_MS });
    nodes.push(node);
    return node;
  };

  beforeEach(async () => {
    published.length = 0;
    failures = together.length = 0;
    nodes = [];
    broker = createMemoryBroker();
    const listener = broker.connect('listener');
    listener.subscribe('tutti.metrics.>', ({ data }) => {
      published.push(processMetrics.parse(JSON.parse(new TextDecoder().decode(data))));
    });
    await start('n1');
    const bus = broker.connect('agents');
    const home = undefined;
    agentProcess = await startAgentProcess({
      bus,
      agents,
      instances: 1,
      name: 'a1',
      metricsEveryMs: EVERY_MS,
      home,
      agentOptions,
    });
  });
  afterEach(async () => {
    await agentProcess.drain(1_000);
    for (const node of nodes) await node.stop();
  });

  it('measures with every instrument of the table: by what its runs do, also after a change of owner', async () => {
    const { ports } = nodes[0]!;
    const asker = createExchange({ ...ports, bus: broker.connect('asker') }, { identity: 'asker', local: false });
    type Asked = 'run.submit' | 'run.status' | 'run.approve' | 'run.resolve';
    const ask = async (message: MessageOf<Asked>) =>
      (await asker.ask(ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message;
    const view = async (): Promise<MessageOf<'run.state'>> =>
      (await ask({ type: 'run.status', run: 'r' })) as MessageOf<'run.state'>;
    const { definition } = loadWorkflow(FILE, { file: 'f.yaml' });
    await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
    const last = async () => (await view().catch(() => undefined))?.steps.find(({ id }) => id === 'last')?.status;
    await expect.poll(last, { timeout: 20_000 }).toBe('waiting');
    await start('n2');
    await nodes.shift()?.stop();
    await expect.poll(last, { timeout: 20_000 }).toBe('waiting');
    await ask({ type: 'run.approve', run: 'r', step: 'last', approved: true, by: 'ann' });
    await expect.poll(async () => (await view()).phase, { timeout: 20_000 }).toBe('ended');
    const conflict = (await view()).conflicts[0]?.id ?? '';
    await ask({ type: 'run.resolve', run: 'r', conflict, take: 'kept', by: 'ann' });
    await expect.poll(async () => (await view()).outcome, { timeout: 20_000 }).toBe('succeeded');
    const unmeasured = (): readonly string[] =>
      (Object.keys(INSTRUMENTS) as InstrumentName[]).filter((name) => !names().has(name));
    await expect.poll(unmeasured, { timeout: 5_000 }).toEqual([]);
    const all = published.flatMap(({ series }) => series);
    for (const { name, labels } of all)
      expect(Object.keys(labels).sort(), name).toEqual([...INSTRUMENTS[name as InstrumentName].labels].sort());
    const newest = (name: InstrumentName) => all.findLast((series) => series.name === name);
    expect(newest('context.conflicts')?.value).toBe(1);
    expect(newest('supervisor.attempts.retried')?.value).toBe(1);
    expect(newest('barrier.decided')).toMatchObject({ value: 1, labels: { decision: 'complete' } });
    expect(newest('supervisor.runs.ended')).toMatchObject({ value: 1, labels: { outcome: 'conflicted' } });
    const caches = { labels: { cache: 'agent_output' } };
    expect(newest('cache.hits')).toMatchObject({ value: 1, ...caches });
    expect(newest('cache.misses')).toMatchObject({ value: 2, ...caches });
    expect(newest('cache.evictions')).toMatchObject({ value: 1, ...caches });
    const { p50 = 0, max = 0, count } = newest('kernel.append.duration') ?? {};
    expect(count).toBeGreaterThan(0);
    expect(p50).toBeLessThanOrEqual(max);
  }, 60_000);

  it('says once more at its end what it measured', async () => {
    const before = published.length;
    await nodes.shift()?.stop();
    await expect.poll(() => published.slice(before).some(({ process }) => process === 'n1')).toBe(true);
  });
});

it('an end that is told again because a person decided a conflict after it is no other end', () => {
  const meter = createMemoryMeter();
  const tell = measuring(meter);
  const counts = { succeeded: 2, failed: 0, skipped: 0, cancelled: 0 };
  const took = { reason: '', makespanMs: 5, plannedMs: 0, lowerBoundMs: 0, sequentialMs: 0 };
  const data = { outcome: 'conflicted', ...took, ...counts, conflicts: 1 };
  tell?.({ type: 'run.finished', data });
  tell?.({ type: 'conflict.resolved', data: { id: 'c', path: '/a', take: 'kept', by: 'ann' } });
  tell?.({ type: 'run.finished', data: { ...data, outcome: 'succeeded', conflicts: 0, again: true } });
  expect(meter.value('supervisor.runs.ended', { outcome: 'conflicted' })).toBe(1);
  expect(meter.value('supervisor.runs.ended', { outcome: 'succeeded' })).toBe(0);
  expect(meter.snapshot().find(({ name }) => name === 'supervisor.run.duration')?.count).toBe(1);
});

it('where nobody asked, nothing that is told is looked at', () => {
  expect(measuring(noopMeter)).toBeUndefined();
});

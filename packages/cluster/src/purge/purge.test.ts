/** What is kept of a run is deleted, all of it and nothing else, and its id is free again. */
import { randomBytes } from 'node:crypto';
import { type AgentHost, createAgentHost, defineAgent } from '@tutti/agent';
import { blobOf, CONTENT_TYPES, createMemoryBroker, type MemoryBroker, type MemoryBus } from '@tutti/bus';
import { type AnyMessage, apiVerb, type MessageOf, shardOf, TuttiError } from '@tutti/contracts';
import { createExchange, parseRecord } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Letters } from '../letters/store.ts';
import { type Node, startNode } from '../node.ts';

const LARGE = randomBytes(1_500_000).toString('base64');

let broker: MemoryBroker;
let bus: MemoryBus;
let nodes: Node[];
let agents: AgentHost;
/** Lets a step of agent `held` end. */
let end: () => void;

/** Runs are owned by one node and their contexts by another. */
beforeEach(async () => {
  broker = createMemoryBroker();
  bus = broker.connect('test');
  nodes = await Promise.all([
    startNode({ bus: broker.connect('runs'), name: 'runs', roles: ['supervisor', 'resources'] }),
    startNode({ bus: broker.connect('contexts'), name: 'contexts', roles: ['context'] }),
  ]);
  const held = defineAgent({
    name: 'held',
    run: () =>
      new Promise((resolve) => {
        end = () => resolve('done');
      }),
  });
  const a = defineAgent({ name: 'a', run: ({ input }) => ({ text: input['text'] ?? 'small' }) });
  const { ports } = nodeOf(0);
  agents = createAgentHost({ ports, agents: [a, held], instances: 1, process: 'p' });
  await agents.start();
});
afterEach(async () => {
  await agents.drain(0);
  for (const node of nodes) await node.stop();
});

function nodeOf(at: number): Node {
  const node = nodes[at];
  if (node === undefined) throw new Error('no such node');
  return node;
}

async function ask<T extends AnyMessage>(message: AnyMessage): Promise<T> {
  const { ports } = nodeOf(0);
  const exchange = createExchange(ports, { identity: 'asker', local: false });
  const to = ports.subjects.of('api', { verb: apiVerb(message.type) });
  return (await exchange.ask(to, message, 5_000)).message as T;
}

const small = workflow('w', (w) => void w.step('a'));
const large = workflow('w', (w) => {
  w.input('text', { type: 'string', required: false } as never);
  w.step('a', { with: { text: LARGE } } as never);
});
const keysOf = async (run: string): Promise<string[]> => {
  const keys = await bus.logs.keys('>');
  return keys.filter((key) => key.endsWith(`.${run}`)).map((key) => key.split('.')[0] ?? '');
};

async function ran(run: string, definition = small): Promise<void> {
  await ask({ type: 'run.submit', run, definition, inputs: {} });
  const status = () => ask({ type: 'run.status', run });
  await expect.poll(status, { timeout: 10_000 }).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
}

/** Names of the blobs that the journals of a run refer to. */
async function blobsOf(run: string): Promise<string[]> {
  const raw = await Promise.all(['wf', 'ctx'].map((kind) => bus.logs.read(`${kind}.${shardOf(run)}.${run}`)));
  const contents = raw.flat().map(({ data }) => parseRecord('a journal', data).content);
  const names = contents.map((data) => data && blobOf({ data, contentType: CONTENT_TYPES.blobRef }));
  return names.filter((name) => name !== undefined);
}

const purge = (run: string) => ask<MessageOf<'run.purged'>>({ type: 'run.purge', run });
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (error) => TuttiError.from(error).code,
  );

describe('a run that has ended', () => {
  it('is purged with its journals, its blobs and its letter, on all nodes; others keep theirs', async () => {
    await ran('gone', large);
    await ran('kept', large);
    const { blobs } = bus;
    const [gone, kept] = [await blobsOf('gone'), await blobsOf('kept')];
    expect([gone.length, kept.length]).toEqual([kept.length, gone.length]);
    expect(gone.length).toBeGreaterThan(0);
    const { ports } = nodeOf(0);
    new Letters(ports, 'runs').run('gone', new TuttiError('internal_error', 'it broke'));
    await expect.poll(() => keysOf('gone')).toHaveLength(3);
    expect(await purge('gone')).toMatchObject({ run: 'gone', found: true });
    expect(await keysOf('gone')).toEqual([]);
    expect((await keysOf('kept')).sort()).toEqual(['ctx', 'wf']);
    expect(await Promise.all(gone.map((hash) => blobs.get(hash)))).toEqual(gone.map(() => undefined));
    expect((await Promise.all(kept.map((hash) => blobs.get(hash)))).every((blob) => blob !== undefined)).toBe(true);
    expect(await codeOf(ask({ type: 'run.status', run: 'gone' }))).toBe('unknown_run');
    expect(await codeOf(ask({ type: 'run.context', run: 'gone', paths: [''] }))).toBe('unknown_run');
    expect(await ask({ type: 'run.list', limit: 10 })).toMatchObject({ runs: [{ run: 'kept' }] });
    expect(await purge('gone')).toMatchObject({ run: 'gone', found: false });
  }, 30_000);

  it('does not come back when the connection does', async () => {
    await ran('gone');
    await ran('other');
    await purge('gone');
    for (const connection of broker.connections) {
      connection.disconnect();
      connection.reconnect();
    }
    // The nodes look at the tails of all they host, one after another; what they append comes before this answer.
    for (const { ports } of nodes) await ports.bus.logs.last('wf.0.none');
    await expect.poll(() => codeOf(ask({ type: 'run.status', run: 'gone' })), { timeout: 10_000 }).toBe('unknown_run');
    expect(await keysOf('gone')).toEqual([]);
    expect((await keysOf('other')).sort()).toEqual(['ctx', 'wf']);
  }, 30_000);

  it('leaves its id to a new run, which is a run of its own', async () => {
    const grouped = workflow('w', (w) => {
      const members = [w.step('a'), w.step('b', { agent: 'a' })];
      const both = w.group('both', members, { synchronization_strategy: { timeout: '60_seconds' } });
      w.step('c', { agent: 'a', depends_on: [both.completion] });
    });
    await ran('again', grouped);
    await purge('again');
    await ran('again', grouped);
    expect(await ask({ type: 'run.events', run: 'again', fromSeq: 1, limit: 1 })).toMatchObject({
      events: [{ seq: 1, type: 'run.submitted' }],
    });
  }, 30_000);

  it('is purged once by many who ask at once, and a new run of its id is not taken for it', async () => {
    await ran('again');
    const asked = await Promise.all([purge('again'), purge('again'), purge('again')]);
    expect(asked.filter(({ found }) => found).length).toBeGreaterThan(0);
    await ran('again');
    expect((await keysOf('again')).sort()).toEqual(['ctx', 'wf']);
  }, 30_000);
});

describe('a run that goes on', () => {
  it('is refused, and ends as if nobody had asked', async () => {
    const definition = workflow('w', (w) => void w.step('s', { agent: 'held' }));
    await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
    const status = () => ask<MessageOf<'run.state'>>({ type: 'run.status', run: 'r' });
    await expect.poll(async () => (await status()).steps[0]?.status, { timeout: 10_000 }).toBe('running');
    expect(await codeOf(purge('r'))).toBe('run_active');
    end();
    await expect.poll(status).toMatchObject({ outcome: 'succeeded' });
    expect(await purge('r')).toMatchObject({ found: true });
  }, 30_000);
});

describe('a run that lies aside', () => {
  it('is purged although nobody can read its journal, and stays where it is once nothing says that it is aside', async () => {
    const key = `wf.${shardOf('r')}.r`;
    await bus.logs.append(key, new Uint8Array([1]), { expect: 0, id: 'broken' });
    expect(await codeOf(purge('r'))).toBe('bad_message');
    new Letters(nodeOf(0).ports, 'runs').run('r', new TuttiError('bad_message', 'it cannot be read'));
    await expect.poll(() => keysOf('r')).toHaveLength(2);
    expect(await purge('r')).toMatchObject({ found: true });
    expect(await keysOf('r')).toEqual([]);
  }, 30_000);
});

describe('a node that lives and does not answer', () => {
  it('keeps a run from being purged: it may host what would write again', async () => {
    await ran('r');
    broker.intercept = ({ to, subject }) => (to === 'contexts' && subject.endsWith('node.contexts') ? [] : undefined);
    expect(await codeOf(purge('r'))).toBe('request_timeout');
    expect((await keysOf('r')).sort()).toEqual(['ctx', 'wf']);
    expect(await ask({ type: 'run.context', run: 'r', paths: ['/a'] })).toMatchObject({
      values: { '/a': { text: 'small' } },
    });
    broker.intercept = undefined;
    expect(await purge('r')).toMatchObject({ found: true });
  }, 30_000);
});

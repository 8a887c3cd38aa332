/** Whole nodes on a memory bus, with messages and journals that no machine can take. */
import { createMemoryBus, encode, type MemoryBus } from '@tutti/bus';
import {
  type AnyMessage,
  apiVerb,
  createSubjects,
  HEADERS,
  type LetterRow,
  type MessageOf,
  seal,
  shardOf,
  TuttiError,
} from '@tutti/contracts';
import { createExchange, systemClock, systemIds } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { silentLogger } from '@tutti/telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { type Node, startNode } from '../node.ts';
import { ROLES } from '../roles.ts';
import { Letters, MAX_LETTERS_A_MINUTE } from './store.ts';

const subjects = createSubjects();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function nodeOn(bus: MemoryBus): Promise<Node> {
  const node = await startNode({ bus, roles: ROLES, name: 'n1' });
  stops.push(() => node.stop());
  return node;
}

const asker = (node: Node) => {
  const exchange = createExchange(node.ports, { identity: 'asker' });
  return async <T extends AnyMessage>(message: AnyMessage): Promise<T> =>
    (await exchange.ask(subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message as T;
};
type Ask = ReturnType<typeof asker>;

const listed = async (ask: Ask): Promise<readonly LetterRow[]> =>
  (await ask<MessageOf<'letter.listed'>>({ type: 'letter.list', limit: 10 })).letters;

const workflowOf = (run: string): string => subjects.of('workflow', { shard: shardOf(run), run });
const definition = workflow('w', (w) => void w.step('a', { timeout: 3_600 }));

describe('a message that nobody can read', () => {
  const unreadable = { headers: { [HEADERS.contentType]: 'application/msgpack' } };

  it('lies aside with its bytes, and stays there when it is refused again', async () => {
    const bus = createMemoryBus();
    const ask = asker(await nodeOn(bus));
    bus.publish(workflowOf('r'), new Uint8Array([0xc1, 0x07]), unreadable);
    await expect.poll(() => listed(ask)).toHaveLength(1);
    const [letter] = await listed(ask);
    expect(letter).toMatchObject({ kind: 'message', node: 'n1', subject: workflowOf('r'), bytes: 2 });
    const id = letter?.id ?? '';
    expect(await ask({ type: 'letter.show', id })).toMatchObject({ hex: 'c107' });
    await expect(ask({ type: 'letter.retry', id })).rejects.toMatchObject({ code: 'bad_message' });
    expect((await listed(ask)).map((l) => l.id)).toEqual([id]);
  });

  it('is one letter, however often it comes', async () => {
    const bus = createMemoryBus();
    const ask = asker(await nodeOn(bus));
    for (let i = 0; i < 5; i += 1) bus.publish(workflowOf('r'), new Uint8Array([0xc1, 0x07]), unreadable);
    bus.publish(workflowOf('r'), new Uint8Array([0xc1, 0x08]), unreadable);
    await expect.poll(() => listed(ask)).toHaveLength(2);
  });

  it('is forgotten when it is dropped; what is not there is refused', async () => {
    const bus = createMemoryBus();
    const ask = asker(await nodeOn(bus));
    bus.publish(workflowOf('r'), new Uint8Array([0xc1]), unreadable);
    await expect.poll(() => listed(ask)).toHaveLength(1);
    const id = (await listed(ask))[0]?.id ?? '';
    await ask({ type: 'letter.drop', id });
    expect(await listed(ask)).toEqual([]);
    await expect(ask({ type: 'letter.drop', id })).rejects.toMatchObject({ code: 'unknown_letter' });
  });

  it('is bounded by the minute', async () => {
    const bus = createMemoryBus();
    const ports = { bus, clock: systemClock, ids: systemIds, log: silentLogger };
    const letters = new Letters(ports, 'n1');
    const error = new TuttiError('bad_message', 'unreadable');
    for (let i = 0; i < MAX_LETTERS_A_MINUTE + 5; i += 1) {
      letters.message({ subject: 's', data: new Uint8Array([i]), contentType: 'x', error });
    }
    await expect.poll(async () => (await bus.logs.keys('dlm.*.*')).length).toBe(MAX_LETTERS_A_MINUTE);
  });
});

describe('a run whose journal cannot be replayed', () => {
  it('lies aside and says so; the others go on; it is taken up again when it is well', async () => {
    const bus = createMemoryBus();
    const before = await startNode({ bus, roles: ROLES, name: 'n0' });
    await asker(before)({ type: 'run.submit', run: 'good', definition, inputs: {} });
    await asker(before)({ type: 'run.submit', run: 'bad', definition, inputs: {} });
    await before.stop();
    const key = `wf.${shardOf('bad')}.bad`;
    const records = await bus.logs.read(key);
    const last = records.at(-1);
    await bus.logs.append(key, new Uint8Array([0, 0xc1]), { expect: last?.seq ?? 0, id: 'torn' });

    const ask = asker(await nodeOn(bus));
    await expect.poll(() => listed(ask)).toMatchObject([{ id: 'bad', kind: 'run', run: 'bad' }]);
    await expect.poll(() => ask({ type: 'run.status', run: 'good' }).catch(() => ({}))).toMatchObject({ run: 'good' });
    await expect(ask({ type: 'run.status', run: 'bad' })).rejects.toMatchObject({ code: 'bad_message' });

    await expect(ask({ type: 'letter.retry', id: 'bad' })).rejects.toMatchObject({ code: 'bad_message' });
    await expect.poll(() => listed(ask)).toMatchObject([{ id: 'bad' }]);
    await expect(ask({ type: 'letter.drop', id: 'bad' })).rejects.toMatchObject({ code: 'bad_usage' });
    await bus.logs.purge(key);
    let seq = 0;
    for (const [i, { data, id }] of records.entries()) {
      seq = await bus.logs.append(key, data, { expect: i === 0 ? 0 : seq, id });
    }
    await expect(ask({ type: 'run.status', run: 'bad' })).rejects.toMatchObject({ code: 'run_set_aside' });
    await ask({ type: 'letter.retry', id: 'bad' });
    // First it hears what live instances still run of it.
    const status = () => ask({ type: 'run.status', run: 'bad' });
    await expect.poll(status, { timeout: 20_000 }).toMatchObject({ run: 'bad', phase: 'running' });
    expect(await listed(ask)).toEqual([]);
  }, 30_000);
});

it('a message that somebody takes after all is dropped when it is sent again', async () => {
  const bus = createMemoryBus();
  const node = await nodeOn(bus);
  const ask = asker(node);
  const letters = new Letters(node.ports, 'n1');
  const { data, contentType } = encode(seal({ type: 'run.status', run: 'r' }, 'somebody'));
  const subject = 'tutti.elsewhere';
  letters.message({ subject, data, contentType, from: 'somebody', error: new TuttiError('internal_error', 'broke') });
  await expect.poll(() => listed(ask)).toHaveLength(1);
  const id = (await listed(ask))[0]?.id ?? '';
  expect(await ask({ type: 'letter.show', id })).toMatchObject({ content: { from: 'somebody' } });
  await expect(ask({ type: 'letter.retry', id })).rejects.toMatchObject({ code: 'no_responders' });
  expect(await listed(ask)).toHaveLength(1);
  const taken: unknown[] = [];
  createExchange(node.ports, { identity: 'taker' }).serve(subject, ({ message }) => taken.push(message));
  await ask({ type: 'letter.retry', id });
  expect([taken, await listed(ask)]).toEqual([[{ type: 'run.status', run: 'r' }], []]);
});

describe('a run whose journal lost records that were acknowledged', () => {
  it('stops, says so to whoever asked for more, and lies aside', async () => {
    const bus = createMemoryBus();
    const before = await startNode({ bus, roles: ROLES, name: 'n0' });
    await asker(before)({ type: 'run.submit', run: 'cut', definition, inputs: {} });
    await before.stop();
    const ask = asker(await nodeOn(bus));
    const status = () => ask({ type: 'run.status', run: 'cut' }).catch(() => ({}));
    await expect.poll(status, { timeout: 20_000 }).toMatchObject({ phase: 'running' });

    // More records than an owner keeps of a journal's end, the first not among them.
    for (let n = 0; n < 20; n++)
      await ask(
        n % 2 === 0 ? { type: 'run.pause', run: 'cut', by: 'ann' } : { type: 'run.resume', run: 'cut', by: 'ann' },
      );
    const key = `wf.${shardOf('cut')}.cut`;
    const [first] = await bus.logs.read(key);
    await bus.logs.purge(key);
    await bus.logs.append(key, first?.data ?? new Uint8Array(), { expect: 0, id: first?.id ?? '' });
    await expect(ask({ type: 'run.cancel', run: 'cut', reason: 'x' })).rejects.toMatchObject({ code: 'log_truncated' });
    await expect.poll(() => listed(ask)).toMatchObject([{ id: 'cut', reason: { code: 'log_truncated' } }]);
    await expect(ask({ type: 'run.status', run: 'cut' })).rejects.toMatchObject({ code: 'run_set_aside' });
  }, 30_000);
});

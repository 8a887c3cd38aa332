import { createHash } from 'node:crypto';
import { blobOf, CONTENT_TYPES, createMemoryBus, type MemoryBus } from '@tutti/bus';
import { describe, expect, it } from 'vitest';
import { createBusJournals, createJournal, type Draft, EMPTY_TAIL, parseRecord } from './journal.ts';
import { tagged } from './tagged.ts';

const LIMIT_BYTES = 64 * 1024;
const noise = (bytes: number, seed: string): string =>
  createHash('shake256', { outputLength: bytes }).update(seed).digest('base64');

const draft = (...texts: string[]): Draft => ({
  kind: 'steps',
  id: 'one',
  epoch: 1,
  time: 7,
  events: texts.map((text) => ({ type: 'x', at: 7, text })),
  end: true,
  input: { run: 'r' },
});

function world() {
  const bus: MemoryBus = createMemoryBus({ maxPayloadBytes: LIMIT_BYTES });
  return { bus, journal: createJournal(bus, 'wf.1.r') };
}

describe('a journal on a bus', () => {
  it('gives an event back that no message can carry, with what the actor was started with', async () => {
    const { journal } = world();
    const given = draft(noise(3 * LIMIT_BYTES, 'a'));
    const tail = await journal.append(EMPTY_TAIL, given);
    const read = await journal.read();
    expect(read.tail).toEqual(tail);
    expect(read.records).toEqual([{ ...given, v: 2, prev: '', n: 1 }]);
  });

  it('says of such a record without its blob that the actor has ended, and when', async () => {
    const { bus, journal } = world();
    await journal.append(EMPTY_TAIL, draft(noise(3 * LIMIT_BYTES, 'a')));
    const last = await bus.logs.last('wf.1.r');
    expect(parseRecord('wf.1.r', last?.data ?? new Uint8Array())).toMatchObject({ end: true, time: 7, events: [] });
  });

  it('writes what fits as it did before', async () => {
    const { bus, journal } = world();
    await journal.append(EMPTY_TAIL, draft(noise(LIMIT_BYTES / 4, 'a')));
    expect((await journal.read()).records[0]?.v).toBe(1);
    expect(await bus.logs.read('wf.1.r')).toHaveLength(1);
  });

  it('refuses events that are too large together, so that they are appended in parts', async () => {
    const { bus, journal } = world();
    const large = draft(noise(LIMIT_BYTES / 2, 'a'), noise(LIMIT_BYTES / 2, 'b'));
    await expect(journal.append(EMPTY_TAIL, large)).rejects.toMatchObject({ code: 'body_too_large' });
    expect(await bus.logs.read('wf.1.r')).toEqual([]);
  });

  it('refuses together what it could not read again, however small it is on the wire', async () => {
    const zeros = 'x'.repeat(35 * 1024 * 1024);
    const journal = createJournal(createMemoryBus(), 'wf.1.r');
    await expect(journal.append(EMPTY_TAIL, draft(zeros, zeros))).rejects.toMatchObject({ code: 'body_too_large' });
  }, 60_000);
});

describe('a journal that is purged', () => {
  const nameOf = async (bus: MemoryBus, key: string): Promise<string> => {
    const last = await bus.logs.last(key);
    const { content } = parseRecord(key, last?.data ?? new Uint8Array());
    return blobOf({ data: content ?? new Uint8Array(), contentType: CONTENT_TYPES.blobRef }) ?? 'no blob';
  };

  it('takes its blobs with it, and no blob of another that says the same', async () => {
    const { bus, journal } = world();
    const same = draft(noise(3 * LIMIT_BYTES, 'a'));
    await journal.append(EMPTY_TAIL, same);
    await createJournal(bus, 'wf.1.s').append(EMPTY_TAIL, { ...same, id: 'two' });
    const [gone, kept] = [await nameOf(bus, 'wf.1.r'), await nameOf(bus, 'wf.1.s')];
    await createBusJournals(bus).purge('wf.1.r');
    expect(await bus.logs.keys('>')).toEqual(['wf.1.s']);
    expect([await bus.blobs.get(gone), (await bus.blobs.get(kept))?.length]).toEqual([undefined, expect.any(Number)]);
    expect((await createJournal(bus, 'wf.1.s').read()).records[0]?.events).toEqual(same.events);
  });

  it('can be purged again when that was cut short: its end is known without its blobs', async () => {
    const { bus, journal } = world();
    await journal.append(EMPTY_TAIL, draft(noise(3 * LIMIT_BYTES, 'a')));
    await bus.blobs.delete(await nameOf(bus, 'wf.1.r'));
    const journals = createBusJournals(bus);
    expect(await journals.last('wf.1.r')).toMatchObject({ end: true, time: 7 });
    await journals.purge('wf.1.r');
    await journals.purge('wf.1.r');
    expect(await journals.last('wf.1.r')).toBeUndefined();
  });

  it('goes although nobody can read it, and keeps what was appended since it was looked at', async () => {
    const { bus } = world();
    const seq = await bus.logs.append('wf.1.r', tagged({ data: new Uint8Array([9]), contentType: 'x' }), {
      expect: 0,
      id: 'a',
    });
    const purge = bus.logs.purge.bind(bus.logs);
    bus.logs.purge = async (key, beforeSeq) => {
      await bus.logs.append('wf.1.r', new Uint8Array([1]), { expect: seq, id: 'b' });
      return purge(key, beforeSeq);
    };
    await createBusJournals(bus).purge('wf.1.r');
    expect((await bus.logs.read('wf.1.r')).map(({ id }) => id)).toEqual(['b']);
  });
});

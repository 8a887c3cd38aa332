import { createHash } from 'node:crypto';
import { createMemoryBus, type MemoryBus } from '@tutti/bus';
import { describe, expect, it } from 'vitest';
import { createJournal, type Draft, EMPTY_TAIL, parseRecord } from './journal.ts';

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

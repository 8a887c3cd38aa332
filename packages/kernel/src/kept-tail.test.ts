/** A broker that loses, with its power, records that it had acknowledged. */
import { createMemoryBus, type MemoryBus } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { createJournal, type Draft, EMPTY_TAIL, type Journal, type Tail } from './journal.ts';
import { MAX_KEPT } from './kept-tail.ts';

const KEY = 'wf.1.r';
const draft = (id: string, epoch = 1): Draft => {
  return { kind: 'steps', id, epoch, time: 7, events: [{ type: 'x', at: 7, id }], end: false };
};

async function filled(journal: Journal, count: number, from = EMPTY_TAIL): Promise<Tail> {
  let tail = from;
  for (let i = 1; i <= count; i += 1) tail = await journal.append(tail, draft(`r${from.n + i}`));
  return tail;
}

/** Of the log only the first `left` records are left. */
async function lose(bus: MemoryBus, left: number): Promise<void> {
  const records = (await bus.logs.read(KEY)).slice(0, left);
  await bus.logs.purge(KEY);
  let expect = 0;
  for (const { data, id } of records) expect = await bus.logs.append(KEY, data, { expect, id });
}

const idsOf = async (journal: Journal): Promise<readonly string[]> =>
  (await journal.read()).records.map(({ id }) => id);
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `r${i + 1}`);

describe('a living owner', () => {
  it.each([0, 1, 3])('appends again what the broker lost, when it has %i of 4 left', async (left) => {
    const bus = createMemoryBus();
    const journal = createJournal(bus, KEY);
    const tail = await filled(journal, 4);
    await lose(bus, left);
    await journal.append(tail, draft('r5'));
    expect(await idsOf(journal)).toEqual(names(5));
  });

  it('finds it out by looking, before it has anything to append', async () => {
    const bus = createMemoryBus();
    const journal = createJournal(bus, KEY);
    const tail = await filled(journal, 4);
    expect(await journal.check?.(tail)).toEqual(tail);
    await lose(bus, 2);
    const now = await journal.check?.(tail);
    expect(await idsOf(journal)).toEqual(names(4));
    await filled(journal, 1, now);
    expect(await idsOf(journal)).toEqual(names(5));
  });

  it('says what is lost when that is more than it has kept', async () => {
    const bus = createMemoryBus();
    const journal = createJournal(bus, KEY);
    const tail = await filled(journal, MAX_KEPT + 3);
    await lose(bus, 2);
    const lost = { code: 'log_truncated', message: `The journal ${KEY} ends with record 2; 19 had been acknowledged` };
    await expect(journal.append(tail, draft('next'))).rejects.toMatchObject(lost);
    await expect(journal.check?.(tail)).rejects.toMatchObject(lost);
    expect(await idsOf(journal)).toEqual(names(2));
  });

  it('appends again what it read when it took the journal over', async () => {
    const bus = createMemoryBus();
    await filled(createJournal(bus, KEY), 4);
    const journal = createJournal(bus, KEY);
    const { tail } = await journal.read();
    await lose(bus, 2);
    await journal.append(tail, draft('r5', 2));
    expect(await idsOf(journal)).toEqual(names(5));
  });

  it('says so too when it took the journal over and has nothing of it', async () => {
    const bus = createMemoryBus();
    const tail = await filled(createJournal(bus, KEY), 4);
    await lose(bus, 2);
    await expect(createJournal(bus, KEY).append(tail, draft('next', 2))).rejects.toMatchObject({
      code: 'log_truncated',
    });
  });

  it('is fenced, and not to say what is lost, when somebody took over what the broker had left', async () => {
    const bus = createMemoryBus();
    const journal = createJournal(bus, KEY);
    const tail = await filled(journal, 5);
    await lose(bus, 3);
    const other = createJournal(bus, KEY);
    await other.append((await other.read()).tail, draft('new owner', 2));
    await expect(journal.append(tail, draft('r6'))).rejects.toMatchObject({ code: 'fenced' });
    expect(await idsOf(journal)).toEqual([...names(3), 'new owner']);
  });

  it('goes on with a restore that broke off, whatever sequence its tail seems to have', async () => {
    const bus = createMemoryBus();
    let failing = Number.POSITIVE_INFINITY;
    const append: MemoryBus['logs']['append'] = (key, data, options) => {
      failing -= 1;
      if (failing < 0) return Promise.reject(new TuttiError('broker_unavailable', 'no answer'));
      return bus.logs.append(key, data, options);
    };
    const logs = Object.assign(Object.create(bus.logs), { append });
    const journal = createJournal(Object.assign(Object.create(bus), { logs }), KEY);
    const tail = await filled(journal, 4);
    await lose(bus, 2);
    // The attempt itself and the first record of the restore get through.
    failing = 2;
    await expect(journal.append(tail, draft('r5'))).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await idsOf(journal)).toEqual(names(3));
    failing = Number.POSITIVE_INFINITY;
    const last = await bus.logs.last(KEY);
    await journal.append({ ...tail, seq: last?.seq ?? 0 }, draft('r5'));
    expect(await idsOf(journal)).toEqual(names(5));
  });

  it('is fenced by whoever has appended after it, and writes nothing', async () => {
    const bus = createMemoryBus();
    const journal = createJournal(bus, KEY);
    const tail = await filled(journal, 2);
    await createJournal(bus, KEY).append(tail, draft('new owner', 2));
    await expect(journal.append(tail, draft('r3'))).rejects.toMatchObject({ code: 'fenced' });
    await expect(journal.check?.(tail)).rejects.toMatchObject({ code: 'fenced' });
    expect(await idsOf(journal)).toEqual(['r1', 'r2', 'new owner']);
  });
});

import { expect, it } from 'vitest';
import { createBusJournals, createJournal, EMPTY_TAIL } from './journal.ts';
import { KEY, LARGE, storage } from './testing/counting.ts';

it('deletes several blobs at once: a journal may have thousands', async () => {
  const stored = storage();
  const journal = createJournal(stored.bus, KEY);
  let tail = EMPTY_TAIL;
  for (const id of ['a', 'b', 'c', 'd']) {
    const events = [{ type: 'x', at: 7, text: LARGE }];
    tail = await journal.append(tail, { kind: 'steps', id, epoch: 1, time: 7, events, end: false });
  }
  expect(stored.stored.size).toBe(4);
  const { blobs } = stored.bus;
  const under = { now: 0, most: 0 };
  const slow = async (hash: string): Promise<void> => {
    under.now += 1;
    under.most = Math.max(under.most, under.now);
    await new Promise(setImmediate);
    await blobs.delete(hash);
    under.now -= 1;
  };
  const bus = Object.assign(Object.create(stored.bus), { blobs: { ...blobs, delete: slow } });
  await createBusJournals(bus).purge(KEY);
  expect([...stored.stored]).toEqual([]);
  expect(under.most).toBe(4);
});

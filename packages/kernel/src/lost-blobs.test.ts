/** A broker that loses, with its power, blobs that a checkpoint names, and keeps the record that names them. */
import { describe, expect, it } from 'vitest';
import { createBusJournals, parseRecord } from './journal.ts';
import { EVERY, KEY, process, type Storage, storage, upTo } from './testing/counting.ts';

/** Enough for one more checkpoint, and some records after it. */
const MORE = EVERY + 3;

async function countOn(owner: ReturnType<typeof process>, times = MORE): Promise<void> {
  await owner.count(times);
  await owner.host.get('r')?.quiet();
}
const numbersIn = async ({ bus }: Storage): Promise<readonly number[]> =>
  (await bus.logs.read(KEY)).map(({ data }) => parseRecord(KEY, data).n);
/** Two checkpoints, of which the newer one has lost its blobs; and the next owner. */
async function afterLosingTheNewest() {
  const stored = storage();
  const first = process(stored, 1);
  await countOn(first);
  const before = new Set(stored.stored);
  await countOn(first);
  await stored.loseBlobs(before);
  await first.leave();
  return { stored, next: process(stored, 2) };
}

describe('whoever takes the journal over', () => {
  it('reads a log that has every record although the first checkpoint has lost its blobs', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await countOn(first);
    await stored.loseBlobs();
    await first.leave();
    const next = process(stored, 2);
    expect(await next.value()).toEqual({ n: MORE });
    expect(await next.told()).toEqual(upTo(MORE));
  });

  it('goes on from the state of the checkpoint before, and tells all that was', async () => {
    const { next } = await afterLosingTheNewest();
    expect(await next.value()).toEqual({ n: 2 * MORE });
    expect(await next.told()).toEqual(upTo(2 * MORE));
    for (const from of [2, EVERY + 1, 2 * EVERY + 1, 2 * MORE])
      expect(await next.told(from)).toEqual(upTo(2 * MORE).slice(from - 1));
  });

  it('stores again what it found in the log only, before that goes', async () => {
    const { stored, next } = await afterLosingTheNewest();
    await countOn(next, 3 * MORE);
    expect((await numbersIn(stored))[0]).toBeGreaterThan(2 * MORE);
    expect(await next.told()).toEqual(upTo(5 * MORE));
    await next.leave();
    await createBusJournals(stored.bus).purge(KEY);
    expect([...stored.stored]).toEqual([]);
  });
});

describe('an owner that lives on', () => {
  it('keeps in the log what lost blobs had, and cuts it when the next checkpoint has it', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await countOn(first);
    await stored.loseBlobs();
    await countOn(first);
    expect((await numbersIn(stored))[0]).toBe(1);
    expect(await first.told()).toEqual(upTo(2 * MORE));
    await countOn(first);
    expect((await numbersIn(stored))[0]).toBeGreaterThan(MORE);
    expect(await first.told()).toEqual(upTo(3 * MORE));
  });

  it('goes on cutting where records are lost for good', async () => {
    const stored = storage();
    const first = process(stored, 1);
    for (let i = 0; i < 4; i++) await countOn(first);
    await stored.loseBlobs();
    for (let i = 0; i < 4; i++) await countOn(first);
    expect((await numbersIn(stored)).length).toBeLessThan(4 * MORE);
    await first.leave();
    expect(await process(stored, 2).value()).toEqual({ n: 8 * MORE });
  });
});

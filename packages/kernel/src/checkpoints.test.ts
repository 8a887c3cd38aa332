import type { Bus } from '@tutti/bus';
import { describe, expect, it } from 'vitest';
import { createBusJournals, parseRecord } from './journal.ts';
import { decided } from './stepper.ts';
import { EVERY, KEY, last, lengthOf, machine, process, storage, upTo } from './testing/counting.ts';

describe('a journal with checkpoints', () => {
  it('keeps in its log only what comes after the last one, and tells all the same all that was', async () => {
    const stored = storage();
    const first = process(stored, 1);
    expect(await first.count(57)).toBe('counted 57');
    await expect.poll(() => lengthOf(stored)).toBeLessThan(3 * EVERY);
    expect(await first.told()).toEqual(upTo(57));
    for (const from of [2, 20, 49, 50, 51, 52, 57, 58])
      expect(await first.told(from)).toEqual(upTo(57).slice(from - 1));
  });

  it('gives the next owner the state, and what was timed', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(35);
    await first.leave();
    const next = process(stored, 2);
    expect(await next.value()).toEqual({ n: 35 });
    next.pass(10_000);
    expect(await next.value()).toEqual({ n: 1_035 });
    expect(await next.count(40)).toBe('counted 1075');
    expect((await next.told()).length).toBe(75);
  });

  it('is replayed from its first record by code that has another state', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(35);
    await first.leave();
    const other = machine.provide({
      actions: { count: decided(({ n }: { n: number }) => ({ next: { n: n + 2 } })) as never },
    });
    expect(await process(stored, 2, { stateForm: 2, machine: other }).value()).toEqual({ n: 70 });
  });

  it('is replayed from its first record when its state is gone', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(35);
    await first.leave();
    const raw = await stored.bus.logs.read(KEY);
    for (const { data } of raw) await stored.bus.blobs.delete(parseRecord(KEY, data).checkpoint?.state ?? '');
    expect(await process(stored, 2).value()).toEqual({ n: 35 });
  });

  it('says a checkpoint though nothing else is to be written, so that it is not stored again and again', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(EVERY);
    await expect.poll(async () => (await last(stored)).checkpoint?.n).toBe(EVERY);
    expect(await first.told()).toEqual(upTo(EVERY));
  });

  it('is forgotten only when nothing is stored for it any more, and may go then', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(EVERY);
    await first.host.forget('r');
    await createBusJournals(stored.bus).purge(KEY);
    expect([...stored.stored]).toEqual([]);
  });

  it('is not sealed over records that were not read', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(EVERY - 1);
    const { logs } = stored.bus;
    const holed: Bus['logs'] = Object.assign(Object.create(logs), {
      read: async (key: string) => (await logs.read(key)).filter((_, i) => i !== 4),
    });
    const journal = createBusJournals(Object.assign(Object.create(stored.bus), { logs: holed })).open(KEY);
    const { id, n, epoch } = await last(stored);
    const tail = { seq: 0, id, n, epoch };
    const state = { snapshot: { value: 'on', context: {}, status: 'active' }, timers: [], told: 0 };
    const sealed = { state, tail, forms: { form: 1, stateForm: 1 }, before: undefined, by: 'x' };
    await expect(journal.seal?.(sealed)).rejects.toMatchObject({ code: 'log_truncated' });
    expect([...stored.stored]).toEqual([]);
  });

  it('is refused when a segment is gone that is needed', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(35);
    await first.leave();
    await stored.loseBlobs();
    await expect(process(stored, 2).value()).rejects.toMatchObject({ code: 'log_truncated' });
  });

  it('stays whole while nothing can be stored, and is cut afterwards', async () => {
    const stored = storage();
    stored.state.isFull = true;
    const first = process(stored, 1);
    await first.count(25);
    expect(await lengthOf(stored)).toBe(25);
    stored.state.isFull = false;
    await first.count(25);
    await expect.poll(() => lengthOf(stored)).toBeLessThan(40);
    expect(await first.told()).toEqual(upTo(50));
  });

  it('leaves no blob behind when it is purged', async () => {
    const stored = storage();
    const first = process(stored, 1);
    await first.count(45);
    await first.leave();
    expect(stored.stored.size).toBeGreaterThan(3);
    await createBusJournals(stored.bus).purge(KEY);
    expect([...stored.stored]).toEqual([]);
    expect(await lengthOf(stored)).toBe(0);
  });
});

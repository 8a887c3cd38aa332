import { type Bus, createMemoryBus } from '@tutti/bus';
import { type AnyMessage, createSubjects, type EventOf, type TuttiError } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { systemClock, systemIds, systemRandom } from './adapters/system.ts';
import { effectActions } from './effects.ts';
import { createExchange } from './exchange.ts';
import { createHost } from './host.ts';
import { createBusJournals, type JournalRecord, parseRecord } from './journal.ts';
import type { ActorKind } from './kind.ts';
import type { Clock } from './ports.ts';
import { decided } from './stepper.ts';

const KEY = 'wf.1.r';
const EVERY = 10;
const PARAMS = { run: 'r', shard: '1' };
/** Larger than a record may be over this bus: its content lies in a blob. */
const LARGE = 'x'.repeat(3_000_000);

type Event = { readonly type: string; readonly at: number; readonly reason?: string };

const counted = (n: number): AnyMessage =>
  ({ type: 'error', error: { code: 'overloaded', message: `counted ${n}`, retryable: false } }) as AnyMessage;

/** Counts what it is asked, says so, and once, at the first, sets a timer that stays. */
const machine = setup({
  types: { context: {} as { n: number }, events: {} as Event },
  actions: {
    ...effectActions,
    count: decided(({ n }: { n: number }, { at }: Event) => {
      const event: EventOf<'step.skipped'> = { type: 'step.skipped', data: { step: `${n + 1}`, because: [] } };
      const emit = { type: 'emit', params: { to: 'tutti.evt.run.r.step.skipped', at, run: 'r', seq: n + 1, event } };
      const effects = [emit, { type: 'reply', params: { message: counted(n + 1) } }] as never;
      const set = n === 0 ? [{ id: 'late', delayMs: 5_000, event: { type: 'timer.late' } }] : [];
      return { next: { n: n + 1 }, effects, set };
    }),
    ring: decided(({ n }: { n: number }) => ({ next: { n: n + 1_000 } })),
  },
}).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: {
    on: {
      on: { 'run.status': { actions: 'count' }, 'run.cancel': { actions: 'count' }, 'timer.late': { actions: 'ring' } },
    },
  },
});

const KIND: ActorKind = {
  name: 'wf',
  machine,
  durable: true,
  accepts: { 'run.status': 'durable', 'run.cancel': 'durable', 'actor.recovered': 'durable' },
  creates: ['*'],
  input: () => ({}),
};

/** A bus whose blobs are named, and can be made to fail. */
function storage() {
  const bus = createMemoryBus();
  const stored = new Set<string>();
  const state = { isFull: false };
  const blobs: Bus['blobs'] = {
    async put(data) {
      if (state.isFull) throw new Error('full');
      const hash = await bus.blobs.put(data);
      stored.add(hash);
      return hash;
    },
    get: (hash) => bus.blobs.get(hash),
    async delete(hash) {
      stored.delete(hash);
      await bus.blobs.delete(hash);
    },
  };
  return { bus: Object.assign(Object.create(bus) as Bus, { blobs }), stored, state };
}

type Storage = ReturnType<typeof storage>;

/** A process that owns the actor from now on. */
function process({ bus }: Storage, epoch: number, kind: Partial<ActorKind> = {}) {
  let skippedMs = 0;
  const timers: { readonly dueMs: number; readonly callback: () => void }[] = [];
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + skippedMs,
    after(delayMs, callback, ...rest) {
      if (delayMs < 4_000) return systemClock.after(delayMs, callback, ...rest);
      const timer = { dueMs: clock.now() + delayMs, callback };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const ports = {
    ...{ bus, clock, random: systemRandom, ids: systemIds },
    ...{ log: silentLogger, meter: noopMeter, subjects: createSubjects() },
  };
  const exchange = createExchange(ports, { identity: `n${epoch}` });
  const host = createHost(
    ports,
    exchange,
    { ...KIND, ...kind },
    {
      subjects: ['workflow'],
      idOf: (p) => p['run'] ?? '',
      logKeyOf: () => KEY,
      ownerEpoch: () => epoch,
      limits: { checkpointEvery: EVERY },
    },
  );
  const serving = host.serve('workflow', { shard: 1, run: '*' });
  const ask = async (reason?: string): Promise<string> => {
    const type = reason === undefined ? 'run.status' : 'run.cancel';
    const message = { type, run: 'r', ...(reason === undefined ? {} : { reason }) } as AnyMessage;
    return exchange.ask('tutti.wf.1.r', message as never, 1_000).then(
      () => 'no error',
      (error: TuttiError) => error.message,
    );
  };
  return {
    host,
    async count(times: number) {
      let last = '';
      for (let i = 0; i < times; i++) last = await ask();
      return last;
    },
    ask,
    told: async (from?: number) => (await host.events(PARAMS, from)).map(({ data }) => Number(data['step'])),
    value: async () => (await host.ensure(PARAMS))?.snapshot?.context as { n: number },
    pass(ms: number) {
      skippedMs += ms;
      for (const { dueMs, callback } of [...timers]) if (dueMs <= clock.now()) callback();
    },
    async leave() {
      await host.get('r')?.settled();
      host.drop('r');
      serving.unsubscribe();
    },
  };
}

const last = async ({ bus }: Storage): Promise<JournalRecord> => {
  const { data = new Uint8Array() } = (await bus.logs.last(KEY)) ?? {};
  return parseRecord(KEY, data);
};
const lengthOf = async ({ bus }: Storage): Promise<number> => (await bus.logs.read(KEY)).length;
const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

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
    for (const hash of [...stored.stored]) await stored.bus.blobs.delete(hash);
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
    await first.count(15);
    await first.ask(LARGE);
    await first.count(30);
    await first.leave();
    expect(stored.stored.size).toBeGreaterThan(3);
    await createBusJournals(stored.bus).purge(KEY);
    expect([...stored.stored]).toEqual([]);
    expect(await lengthOf(stored)).toBe(0);
  });
});

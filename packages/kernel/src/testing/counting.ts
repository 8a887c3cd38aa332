/** A process that counts what it is asked, over a storage whose blobs are named, can be made to fail and can be lost. */
import { randomBytes } from 'node:crypto';
import { type Bus, createMemoryBus } from '@tutti/bus';
import { type AnyMessage, createSubjects, type EventOf, type TuttiError } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { setup } from 'xstate';
import { systemClock, systemIds, systemRandom } from '../adapters/system.ts';
import { effectActions } from '../effects.ts';
import { createExchange } from '../exchange.ts';
import { createHost } from '../host.ts';
import { type JournalRecord, parseRecord } from '../journal.ts';
import type { ActorKind } from '../kind.ts';
import type { Clock } from '../ports.ts';
import { decided } from '../stepper.ts';

export const KEY = 'wf.1.r';
export const EVERY = 10;
const PARAMS = { run: 'r', shard: '1' };
/** In a record it is larger than that may be over this bus: its content lies in a blob. */
export const LARGE = randomBytes(1_500_000).toString('base64');

type Event = { readonly type: string; readonly at: number };

const counted = (n: number): AnyMessage =>
  ({ type: 'error', error: { code: 'overloaded', message: `counted ${n}`, retryable: false } }) as AnyMessage;

/** Counts what it is asked, says so, and once, at the first, sets a timer that stays. */
export const machine = setup({
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

/** A bus whose blobs are named, and can be made to fail or be lost. */
export function storage() {
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
  return {
    bus: Object.assign(Object.create(bus) as Bus, { blobs }),
    stored,
    state,
    /** All blobs are gone but these. */
    async loseBlobs(but: ReadonlySet<string> = new Set()) {
      for (const hash of [...stored]) if (!but.has(hash)) await blobs.delete(hash);
    },
  };
}

export type Storage = ReturnType<typeof storage>;

/** A process that owns the actor from now on. */
export function process({ bus }: Storage, epoch: number, kind: Partial<ActorKind> = {}) {
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
  const ask = (): Promise<string> =>
    exchange.ask('tutti.wf.1.r', { type: 'run.status', run: 'r' }, 1_000).then(
      () => 'no error',
      (error: TuttiError) => error.message,
    );
  return {
    host,
    async count(times: number) {
      let last = '';
      for (let i = 0; i < times; i++) last = await ask();
      return last;
    },
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

export const last = async ({ bus }: Storage): Promise<JournalRecord> => {
  const { data = new Uint8Array() } = (await bus.logs.last(KEY)) ?? {};
  return parseRecord(KEY, data);
};
export const lengthOf = async ({ bus }: Storage): Promise<number> => (await bus.logs.read(KEY)).length;
export const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

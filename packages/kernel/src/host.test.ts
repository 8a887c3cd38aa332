import { createMemoryBus, decode, encode } from '@tutti/bus';
import {
  type AnyMessage,
  createSubjects,
  type EventOf,
  HEADERS,
  type MessageOf,
  open,
  seal,
  TuttiError,
} from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { systemClock, systemIds, systemRandom } from './adapters/system.ts';
import { effectActions } from './effects.ts';
import { createExchange } from './exchange.ts';
import { createHost } from './host.ts';
import type { HostLimits } from './host-limits.ts';
import type { HostOptions } from './host-options.ts';
import { parseRecord } from './journal.ts';
import type { ActorKind, Durability } from './kind.ts';
import type { KernelPorts } from './ports.ts';

const committed = (note: string): AnyMessage =>
  ({ type: 'error', error: { code: 'overloaded', message: note, retryable: false } }) as AnyMessage;
const tooLarge = 'x'.repeat(2_000_000);

/** Emits an event that no bus can carry, then answers: the answer must come all the same. */
const machine = setup({
  types: { context: {} as { n: number }, events: {} as { type: string; at: number } },
  actions: {
    ...effectActions,
    count: enqueueActions(({ context, enqueue }) => {
      enqueue(assign({ n: context.n + 1 }) as never);
      const event: EventOf<'step.skipped'> = { type: 'step.skipped', data: { step: tooLarge, because: [] } };
      enqueue({ type: 'emit', params: { to: 'tutti.evt.run.r.step.skipped', at: 1, event } });
      enqueue({ type: 'reply', params: { message: committed(`counted ${context.n + 1}`) } });
    }),
  },
}).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: { on: { on: { 'run.status': { actions: 'count' }, 'run.cancel': { actions: 'count' } } } },
});

function start(
  durable: boolean,
  cancel: Durability,
  limits: Partial<HostLimits> = {},
  besides: HostOptions['besides'] = () => false,
) {
  const bus = createMemoryBus();
  const ports: KernelPorts = {
    bus,
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
  };
  const kind: { -readonly [K in keyof ActorKind]: ActorKind[K] } = {
    name: 'wf',
    machine,
    durable,
    accepts: { 'run.status': 'durable', 'run.cancel': cancel },
    creates: ['*'],
    input: () => ({}),
  };
  const owner: { epoch: number | undefined; creates: boolean } = { epoch: 1, creates: true };
  const exchange = createExchange(ports, { identity: 'test' });
  const host = createHost(ports, exchange, kind, {
    subjects: ['workflow'],
    idOf: (p) => p['run'] ?? '',
    logKeyOf: (p) => `wf.${p['shard']}.${p['run']}`,
    ownerEpoch: () => owner.epoch,
    mayCreate: () => owner.creates,
    besides,
    limits,
  });
  host.serve('workflow', { shard: 1, run: '*' });
  const ask = async (message: MessageOf<'run.status' | 'run.cancel'>): Promise<string> => {
    const error: Error = await exchange.ask('tutti.wf.1.r', message, 1_000).then(
      () => new Error('an error was expected as the answer'),
      (e) => e,
    );
    return error.message;
  };
  return { bus, host, ask, owner, kind };
}

const status = { type: 'run.status', run: 'r' } as const;

describe('the host', () => {
  for (const durable of [false, true]) {
    it(`an effect that cannot be performed does not keep the next one back (durable: ${durable})`, async () => {
      const { ask } = start(durable, 'durable');
      expect(await ask(status)).toBe('counted 1');
      expect(await ask(status)).toBe('counted 2');
    });
  }

  it('a volatile event that would change the state is answered and changes nothing; the actor lives on', async () => {
    const { ask } = start(true, 'volatile');
    expect(await ask(status)).toBe('counted 1');
    expect(await ask({ type: 'run.cancel', run: 'r', reason: 'x' })).toMatch(/must not change the state/);
    expect(await ask(status)).toBe('counted 2');
  });

  for (const [durability, again] of [
    ['durable', /^counted 2$/],
    ['volatile', /is not owned/],
  ] as const) {
    it(`answers a ${durability} message that comes again ${durability === 'durable' ? 'as before' : 'anew'}`, async () => {
      const { bus, ask, host, owner } = start(true, durability);
      await ask(status);
      const body = encode(seal({ type: 'run.cancel', run: 'r', reason: 'x' }, 'peer'));
      const headers = { [HEADERS.id]: 'a', [HEADERS.contentType]: body.contentType };
      const raw = async (): Promise<string> => {
        const { data } = await bus.request('tutti.wf.1.r', body.data, { timeoutMs: 1_000, headers });
        return (open(decode(data)).message as MessageOf<'error'>).error.message;
      };
      const first = await raw();
      owner.epoch = undefined;
      host.release(() => true);
      expect(first).toMatch(durability === 'durable' ? again : /must not change/);
      expect(await raw()).toMatch(again);
    });
  }

  it('refuses a journal of a form that it does not know, keeps no half of the actor, and changes nothing', async () => {
    const { ask, host, bus, kind } = start(true, 'durable');
    await ask(status);
    host.release(() => true);
    const before = await bus.logs.read('wf.1.r');
    kind.form = 2;
    expect(await ask(status)).toBe('The journal is of form 1; this process reads 2');
    expect([host.get('r'), await bus.logs.read('wf.1.r')]).toEqual([undefined, before]);
    kind.readsForms = [1];
    expect(await ask(status)).toBe('counted 2');
  });

  it('has its actors look at their logs after a break, and append what was lost, before anybody asks', async () => {
    const { ask, host, bus } = start(true, 'durable');
    await ask(status);
    await ask(status);
    const before = (await bus.logs.read('wf.1.r')).map(({ id }) => id);
    await bus.logs.purge('wf.1.r');
    await host.checkTails();
    expect((await bus.logs.read('wf.1.r')).map(({ id }) => id)).toEqual(before);
    expect(await ask(status)).toBe('counted 3');
  });

  it('looks again when the broker cannot be asked yet', async () => {
    const { ask, host, bus } = start(true, 'durable', { appendRetryMs: 5 });
    await ask(status);
    await bus.logs.purge('wf.1.r');
    const { last } = bus.logs;
    bus.logs.last = () => Promise.reject(new TuttiError('broker_unavailable', 'not up yet'));
    await host.checkTails();
    expect(await bus.logs.keys('wf.1.r')).toEqual([]);
    bus.logs.last = last.bind(bus.logs);
    await expect.poll(() => bus.logs.keys('wf.1.r')).toEqual(['wf.1.r']);
  });

  it('says the form of a journal with its first record and with each owner after it', async () => {
    const { ask, host, bus, kind, owner } = start(true, 'durable');
    await ask(status);
    await ask(status);
    host.release(() => true);
    owner.epoch = 2;
    kind.form = 2;
    kind.readsForms = [1];
    await ask(status);
    const forms = (await bus.logs.read('wf.1.r')).map(({ data }) => parseRecord('wf.1.r', data).form);
    expect(forms).toEqual([1, undefined, 2]);
    host.release(() => true);
    kind.form = 1;
    expect(await ask(status)).toBe('The journal is of form 2; this process reads 1');
  });

  it('takes a durable actor up from its journal with the state it had', async () => {
    const { ask, host } = start(true, 'durable');
    await ask(status);
    await ask(status);
    host.release(() => true);
    expect(host.get('r')).toBeUndefined();
    expect(await ask(status)).toBe('counted 3');
  });

  it('lets go of a durable actor that rests, and brings it back with the state it had', async () => {
    const { ask, host } = start(true, 'durable', { restMs: 20 });
    await ask(status);
    await expect.poll(() => host.get('r')).toBeUndefined();
    expect(await ask(status)).toBe('counted 2');
  });

  it('keeps an actor without a log, however long it rests', async () => {
    const { ask, host } = start(false, 'durable', { restMs: 1 });
    await ask(status);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(host.get('r')).toBeDefined();
    expect(await ask(status)).toBe('counted 2');
  });

  it('does not take an actor back from its new owner, whatever this process still believes', async () => {
    const { ask, host, owner } = start(true, 'durable');
    owner.epoch = 2;
    await ask(status);
    host.release(() => true);
    owner.epoch = 1;
    expect(await ask(status)).toMatch(/has an owner of epoch 2/);
    owner.epoch = 2;
    expect(await ask(status)).toBe('counted 2');
  });

  it('brings nothing to life that left while it was loaded, and writes nothing for it', async () => {
    const { ask, bus, host, owner } = start(true, 'durable');
    await ask(status);
    host.release(() => true);
    const loading = host.ensure({ run: 'r', shard: '1' });
    owner.epoch = undefined;
    host.release(() => true);
    await expect(loading).rejects.toMatchObject({ code: 'not_owner' });
    expect(host.get('r')).toBeUndefined();
    owner.epoch = 2;
    expect(await ask(status)).toBe('counted 2');
    expect(await bus.logs.read('wf.1.r')).toHaveLength(2);
  });

  it('forgets an actor that is being loaded: nothing of it is here or writes afterwards', async () => {
    const { ask, bus, host } = start(true, 'durable');
    await ask(status);
    host.release(() => true);
    const loading = host.ensure({ run: 'r', shard: '1' });
    await host.forget('r');
    expect((await loading)?.stoppedBy).toBe('released');
    expect(host.get('r')).toBeUndefined();
    expect(await bus.logs.read('wf.1.r')).toHaveLength(1);
  });

  it('forgets an actor only once what it was stepping is in its log', async () => {
    const { ask, bus, host } = start(true, 'lazy');
    await ask(status);
    await ask({ type: 'run.cancel', run: 'r', reason: 'x' });
    await host.forget('r');
    const records = (await bus.logs.read('wf.1.r')).map(({ data }) => parseRecord('wf.1.r', data));
    expect(records.flatMap(({ events }) => events.map(({ type }) => type))).toEqual(['run.status', 'run.cancel']);
  });

  it('gives what is said beside an actor to whoever takes it, and loads nothing for it', async () => {
    const taken: string[] = [];
    const { ask, host } = start(true, 'durable', {}, ({ message, reply }) => {
      if (message.type !== 'run.cancel') return false;
      taken.push(message.type);
      reply?.(committed('beside'));
      return true;
    });
    expect(await ask({ type: 'run.cancel', run: 'r', reason: 'x' })).toBe('beside');
    expect(host.get('r')).toBeUndefined();
    expect(await ask(status)).toBe('counted 1');
    expect(taken).toEqual(['run.cancel']);
  });

  it('does not bring an actor back that its owner says is over', async () => {
    const { ask, host, owner } = start(false, 'durable');
    await ask(status);
    owner.creates = false;
    expect(await ask(status)).toBe('counted 2');
    host.release(() => true);
    expect(await ask(status)).toMatch(/No actor answers/);
  });
});

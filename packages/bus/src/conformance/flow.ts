import { expect } from 'vitest';
import type { BusStatus, Message } from '../port.ts';
import { type Check, check } from './check.ts';
import { bytes, codeOf, collector, deferred, textOf, thrownCode } from './under-test.ts';

const slowConsumers = [
  check('drops the newest beyond maxPending, reports slow_consumer, and keeps the rest in order', async (scene) => {
    const bus = await scene.connect();
    const reports: BusStatus[] = [];
    bus.onStatus((status) => reports.push(status));
    const gate = deferred();
    const kept = collector(4);
    bus.subscribe(
      `${scene.id}.slow`,
      async (message) => {
        kept.handler(message);
        await gate.promise;
      },
      { maxPending: 3 },
    );
    const after = collector(1);
    bus.subscribe(`${scene.id}.after`, after.handler);
    for (let i = 0; i < 10; i += 1) bus.publish(`${scene.id}.slow`, bytes(String(i)));
    bus.publish(`${scene.id}.after`, bytes(''));
    await after.done;
    gate.resolve();
    await kept.done;
    expect(kept.texts).toEqual(['0', '1', '2', '3']);
    expect(reports.map((report) => report.type)).toContain('slow_consumer');
    expect(reports).toContainEqual({ type: 'slow_consumer', subject: `${scene.id}.slow`, dropped: 4 });
  }),

  check('a handler that throws or rejects is reported and silences nobody', async (scene) => {
    const bus = await scene.connect();
    const errors: string[] = [];
    const reported = deferred();
    bus.onStatus((status) => {
      if (status.type === 'handler_error') errors.push(status.error.message);
      if (errors.length === 4) reported.resolve();
      throw new Error('a listener that throws');
    });
    const seen = collector(2);
    bus.subscribe(`${scene.id}.throw`, () => {
      throw new Error('sync');
    });
    bus.subscribe(`${scene.id}.throw`, async () => Promise.reject(new Error('async')));
    bus.subscribe(`${scene.id}.throw`, seen.handler);
    bus.publish(`${scene.id}.throw`, bytes('1'));
    bus.publish(`${scene.id}.throw`, bytes('2'));
    await Promise.all([seen.done, reported.promise]);
    expect(errors.sort()).toEqual(['async', 'async', 'sync', 'sync']);
    bus.subscribe(`${scene.id}.alive`, (message) => message.respond(bytes('yes')));
    expect(textOf(await bus.request(`${scene.id}.alive`, bytes('?'), { timeoutMs: 5000 }))).toBe('yes');
  }),
];

const endings = [
  check('unsubscribe stops at once and drops what is pending', async (scene) => {
    const bus = await scene.connect();
    const first = deferred();
    const gate = deferred();
    const seen: string[] = [];
    const subscription = bus.subscribe(`${scene.id}.u`, async (message) => {
      seen.push(textOf(message));
      first.resolve();
      await gate.promise;
    });
    for (const body of ['1', '2', '3']) bus.publish(`${scene.id}.u`, bytes(body));
    await first.promise;
    subscription.unsubscribe();
    gate.resolve();
    expect(await codeOf(bus.request(`${scene.id}.u`, bytes('?'), { timeoutMs: 5000 }))).toBe('no_responders');
    expect(seen).toEqual(['1']);
  }),

  check('drain takes nothing new and resolves when all that was received has been handled', async (scene) => {
    const bus = await scene.connect();
    const gate = deferred();
    const first = deferred();
    const handled: string[] = [];
    const subscription = bus.subscribe(`${scene.id}.d`, async (message) => {
      first.resolve();
      await gate.promise;
      handled.push(textOf(message));
    });
    for (const body of ['1', '2', '3']) bus.publish(`${scene.id}.d`, bytes(body));
    await first.promise;
    await bus.flush();
    const drained = subscription.drain();
    bus.publish(`${scene.id}.d`, bytes('4'));
    await bus.flush();
    expect(handled).toEqual([]);
    gate.resolve();
    await drained;
    expect(handled).toEqual(['1', '2', '3']);
  }),

  check(
    'close handles what was received, answers included, and then refuses everything with bus_closed',
    async (scene) => {
      const [client, server] = [await scene.connect(), await scene.connect()];
      const gate = deferred();
      const arrived = collector(2);
      server.subscribe(`${scene.id}.c`, async (message: Message) => {
        arrived.handler(message);
        await gate.promise;
        message.respond(bytes('done'));
      });
      server.subscribe(`${scene.id}.c`, arrived.handler);
      await server.flush();
      const statuses: string[] = [];
      server.onStatus((status) => statuses.push(status.type));
      const answer = client.request(`${scene.id}.c`, bytes('?'), { timeoutMs: 10_000 });
      await arrived.done;
      const closed = server.close();
      gate.resolve();
      await closed;
      expect(textOf(await answer)).toBe('done');
      expect(statuses).toEqual(['closed']);
      expect(thrownCode(() => server.publish(`${scene.id}.c`, bytes('')))).toBe('bus_closed');
      expect(thrownCode(() => server.subscribe(`${scene.id}.c`, () => undefined))).toBe('bus_closed');
      expect(await codeOf(server.request(`${scene.id}.c`, bytes(''), { timeoutMs: 100 }))).toBe('bus_closed');
      expect(await codeOf(server.logs.last(scene.id))).toBe('bus_closed');
      expect(await codeOf(server.keyValues.get(scene.id))).toBe('bus_closed');
      expect(await codeOf(server.flush())).toBe('bus_closed');
      await server.close();
    },
  ),

  check('close fails the requests that still wait', async (scene) => {
    const [client, server] = [await scene.connect(), await scene.connect()];
    const arrived = deferred();
    server.subscribe(`${scene.id}.w`, () => arrived.resolve());
    await server.flush();
    const outcome = codeOf(client.request(`${scene.id}.w`, bytes('?'), { timeoutMs: 300_000 }));
    await arrived.promise;
    await client.close();
    expect(await outcome).toBe('bus_closed');
  }),
];

export const flowChecks: readonly Check[] = [...slowConsumers, ...endings];

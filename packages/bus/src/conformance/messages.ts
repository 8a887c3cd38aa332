import { expect } from 'vitest';
import { type Check, check } from './check.ts';
import { bytes, codeOf, collector, deferred, text, textOf, thrownCode } from './under-test.ts';

export const messageChecks: readonly Check[] = [
  check('delivers subject, bytes and headers as they were sent, never inside the publish call', async (scene) => {
    const bus = await scene.connect();
    const seen = collector(1);
    bus.subscribe(`${scene.id}.a`, seen.handler);
    bus.publish(`${scene.id}.a`, new Uint8Array([0, 255, 13, 10]), {
      headers: { 'Tutti-Id': 'x1', traceparent: '00-1' },
    });
    expect(seen.messages).toHaveLength(0);
    await seen.done;
    const message = seen.messages[0];
    expect(message?.subject).toBe(`${scene.id}.a`);
    expect([...(message?.data ?? [])]).toEqual([0, 255, 13, 10]);
    expect({ ...message?.headers }).toEqual({ 'Tutti-Id': 'x1', traceparent: '00-1' });
    expect(message?.reply).toBeUndefined();
    expect(message?.respond(bytes('into the void'))).toBeUndefined();
  }),

  check('keeps the order of one sender on one subject, over an asynchronous handler too', async (scene) => {
    const [sender, receiver] = [await scene.connect(), await scene.connect()];
    const seen = collector(500);
    const slow = collector(500);
    receiver.subscribe(`${scene.id}.order`, seen.handler);
    receiver.subscribe(`${scene.id}.order`, async (message) => {
      await Promise.resolve();
      slow.handler(message);
    });
    await receiver.flush();
    const sent = Array.from({ length: 500 }, (_, i) => String(i));
    for (const body of sent) sender.publish(`${scene.id}.order`, bytes(body));
    await Promise.all([seen.done, slow.done]);
    expect(seen.texts).toEqual(sent);
    expect(slow.texts).toEqual(sent);
  }),

  check('matches one token by * and the rest by >', async (scene) => {
    const bus = await scene.connect();
    const star = collector(2);
    const rest = collector(3);
    bus.subscribe(`${scene.id}.*.end`, star.handler);
    bus.subscribe(`${scene.id}.w.>`, rest.handler);
    for (const tail of ['w', 'w.x', 'w.end', 'w.x.end', 'v.end', 'end'])
      bus.publish(`${scene.id}.${tail}`, bytes(tail));
    await Promise.all([star.done, rest.done]);
    await bus.flush();
    expect(star.texts).toEqual(['w.end', 'v.end']);
    expect(rest.texts).toEqual(['w.x', 'w.end', 'w.x.end']);
  }),

  check('gives each message to one member of a queue group, and to every plain subscriber', async (scene) => {
    const [sender, one, two] = [await scene.connect(), await scene.connect(), await scene.connect()];
    const plain = collector(100);
    const group = collector(100);
    const members = [0, 0];
    for (const [i, bus] of [one, two].entries()) {
      bus.subscribe(
        `${scene.id}.q`,
        (message) => {
          members[i] = (members[i] ?? 0) + 1;
          group.handler(message);
        },
        { queue: 'g' },
      );
    }
    one.subscribe(`${scene.id}.q`, plain.handler);
    await Promise.all([one.flush(), two.flush()]);
    for (let i = 0; i < 100; i += 1) sender.publish(`${scene.id}.q`, bytes(String(i)));
    await Promise.all([plain.done, group.done]);
    await Promise.all([one.flush(), two.flush()]);
    expect(new Set(group.texts).size).toBe(100);
    expect(members[0] ?? 0).toBeGreaterThan(0);
    expect(members[1] ?? 0).toBeGreaterThan(0);
    expect((members[0] ?? 0) + (members[1] ?? 0)).toBe(100);
  }),

  check('answers requests, each with its own answer, many at once', async (scene) => {
    const [client, server] = [await scene.connect(), await scene.connect()];
    server.subscribe(`${scene.id}.echo`, (message) => {
      message.respond(bytes(`re ${textOf(message)}`), { h: 'v' });
    });
    await server.flush();
    const asked = Array.from({ length: 300 }, (_, i) =>
      client.request(`${scene.id}.echo`, bytes(`${i}`), { timeoutMs: 5000 }),
    );
    const answers = await Promise.all(asked);
    expect(answers.map(textOf)).toEqual(asked.map((_, i) => `re ${i}`));
    expect({ ...answers[0]?.headers }).toEqual({ h: 'v' });
  }),

  check('says no_responders at once, not after the time-out', async (scene) => {
    const bus = await scene.connect();
    // Far longer than a test may take: only the early answer can end it.
    expect(await codeOf(bus.request(`${scene.id}.nobody`, bytes(''), { timeoutMs: 300_000 }))).toBe('no_responders');
  }),

  check('says request_timeout when the server is silent, and drops the late answer', async (scene) => {
    const bus = await scene.connect();
    const received = deferred<(answer: Uint8Array) => void>();
    bus.subscribe(`${scene.id}.silent`, (message) => received.resolve((answer) => message.respond(answer)));
    expect(await codeOf(bus.request(`${scene.id}.silent`, bytes('?'), { timeoutMs: 40 }))).toBe('request_timeout');
    (await received.promise)(bytes('too late'));
    bus.subscribe(`${scene.id}.ok`, (message) => message.respond(bytes('well')));
    expect(textOf(await bus.request(`${scene.id}.ok`, bytes('?'), { timeoutMs: 5000 }))).toBe('well');
  }),

  check('takes a body of exactly the limit, and refuses one byte more with body_too_large', async (scene) => {
    const bus = await scene.connect();
    const limit = bus.limits.maxPayloadBytes;
    const arrived = deferred<number>();
    bus.subscribe(`${scene.id}.big`, (message) => arrived.resolve(message.data.length));
    bus.publish(`${scene.id}.big`, new Uint8Array(limit));
    expect(await arrived.promise).toBe(limit);
    const over = new Uint8Array(limit + 1);
    expect(thrownCode(() => bus.publish(`${scene.id}.big`, over))).toBe('body_too_large');
    expect(thrownCode(() => bus.publish(`${scene.id}.big`, new Uint8Array(limit), { headers: { a: 'b' } }))).toBe(
      'body_too_large',
    );
    expect(await codeOf(bus.request(`${scene.id}.big`, over, { timeoutMs: 1000 }))).toBe('body_too_large');
  }),

  check('refuses subjects, filters and headers that could be taken for something else', async (scene) => {
    const bus = await scene.connect();
    const data = bytes('');
    for (const subject of ['', 'a b', 'a..b', '.a', 'a.', 'a.*', 'a.>', '$JS.API.INFO', 'a\r\nPUB b', 'a'.repeat(65)]) {
      expect(
        thrownCode(() => bus.publish(subject, data)),
        subject,
      ).toBe('bad_subject');
      expect(await codeOf(bus.request(subject, data, { timeoutMs: 100 })), subject).toBe('bad_subject');
    }
    for (const filter of ['', 'a b', 'a..b', '>.a', 'a.x*', '$SYS.>', '*a']) {
      expect(
        thrownCode(() => bus.subscribe(filter, () => undefined)),
        filter,
      ).toBe('bad_subject');
    }
    const headers = { bad: 'line\r\nInjected: yes' };
    expect(thrownCode(() => bus.publish(`${scene.id}.h`, data, { headers }))).toBe('bad_message');
    expect(thrownCode(() => bus.publish(`${scene.id}.h`, data, { headers: { 'a:b': 'c' } }))).toBe('bad_message');
  }),

  check('carries header values of any text', async (scene) => {
    const bus = await scene.connect();
    const seen = collector(1);
    bus.subscribe(`${scene.id}.text`, seen.handler);
    bus.publish(`${scene.id}.text`, bytes(''), { headers: { a: 'größe → 10: %', b: '', 'Content-Type': 'x/y; z=1' } });
    await seen.done;
    expect({ ...seen.messages[0]?.headers }).toEqual({ a: 'größe → 10: %', b: '', 'Content-Type': 'x/y; z=1' });
    expect(text(seen.messages[0]?.data ?? bytes('?'))).toBe('');
  }),
];

/** The duties of a bus over a real nats-server that the conformance suite cannot show: crashes, refusals, old servers. */
import { type Bus, type BusStatus, connectNats, type NatsBusOptions } from '@tutti/bus';
import { silentLogger } from '@tutti/telemetry';
import { type NatsServer, startNatsCluster, startNatsServer } from '@tutti/testkit/nats-servers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();

const opened: Bus[] = [];
let names = 0;
async function open(server: NatsServer, options: Partial<NatsBusOptions> = {}): Promise<Bus> {
  names += 1;
  const bus = await connectNats({ servers: server.url, name: `test-${names}`, closeTimeoutMs: 1_000, ...options });
  opened.push(bus);
  return bus;
}
const statusOf = (bus: Bus, type: BusStatus['type']) =>
  new Promise<BusStatus>((resolve) => {
    const stop = bus.onStatus((status) => {
      if (status.type !== type) return;
      stop();
      resolve(status);
    });
  });

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

describe.each(['baseline', 'current'] as const)('on the %s server', (version) => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer({ version, syncAlways: true });
  });
  afterAll(() => server.stop());

  it('a killed server fails requests at once, loses no acknowledged record, and subscriptions come back', async () => {
    const bus = await open(server);
    const seq = await bus.logs.append('crash.a', bytes('kept'), { expect: 0, id: 'a1' });
    bus.subscribe('crash.echo', (message) => message.respond(message.data));
    const arrived = new Promise<void>((resolve) => void bus.subscribe('crash.silent', () => resolve()));
    const waiting = bus.request('crash.silent', bytes(''), { timeoutMs: 60_000 }).catch((error) => error.code);
    await arrived;
    const [lost, back] = [statusOf(bus, 'disconnected'), statusOf(bus, 'reconnected')];
    await server.kill();
    await lost;
    expect(await waiting).toBe('broker_unavailable');
    await expect(bus.request('crash.echo', bytes(''), { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'broker_unavailable',
    });
    // Asked for while nobody is there: it waits for the server and is stored once.
    const appended = bus.logs.append('crash.a', bytes('after'), { expect: seq, id: 'a2' });
    await server.restart();
    await back;
    expect(await appended).toBeGreaterThan(seq);
    expect((await bus.logs.read('crash.a')).map((record) => text(record.data))).toEqual(['kept', 'after']);
    expect(text((await bus.request('crash.echo', bytes('yes'), { timeoutMs: 5_000 })).data)).toBe('yes');
  });

  it('is back within a second after a server that was away for a moment', async () => {
    const bus = await open(server);
    const back = statusOf(bus, 'reconnected');
    await server.kill();
    await server.restart();
    const readyAt = performance.now();
    await back;
    expect(performance.now() - readyAt).toBeLessThan(1_000);
  });

  it('settles an append whose answer was lost by the id that stands in the log', async () => {
    const bus = await open(server);
    // What a core publish to the stream's subject stores is what an append stores whose answer is then lost.
    const headers = { 'Tutti-Record': 'mine' };
    const answer = await bus.request('tutti.log.unclear.a', bytes('x'), { headers, timeoutMs: 5_000 });
    const ack = JSON.parse(text(answer.data)) as { seq: number };
    // The broker has it under my id, and I was never told: the same append again is told the sequence, not "fenced".
    expect(await bus.logs.append('unclear.a', bytes('x'), { expect: 0, id: 'mine' })).toBe(ack.seq);
    await expect(bus.logs.append('unclear.a', bytes('x'), { expect: 0, id: 'other' })).rejects.toMatchObject({
      code: 'fenced',
      details: { expected: 0, actual: ack.seq },
    });
  });

  it('settles each of many appends when the server is killed while they are written', async () => {
    const bus = await open(server);
    const keys = Array.from({ length: 100 }, (_, i) => `kill.${i}`);
    let seqs = keys.map(() => 0);
    for (let round = 0; round < 6; round += 1) {
      const appended = keys.map((key, i) =>
        bus.logs.append(key, bytes(`${round}`), { expect: seqs[i] ?? 0, id: `${round}-${key}` }),
      );
      if (round % 2 === 1) {
        const back = statusOf(bus, 'reconnected');
        await server.kill();
        await server.restart();
        await back;
      }
      seqs = await Promise.all(appended);
    }
    const stored = await Promise.all(keys.map((key) => bus.logs.read(key)));
    for (const [i, records] of stored.entries()) {
      expect(records.map(({ data }) => text(data))).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(records.at(-1)?.seq).toBe(seqs[i]);
    }
  }, 60_000);

  it('an exception in a handler leaves the connection and its other subscriptions alive', async () => {
    const bus = await open(server);
    const reported = statusOf(bus, 'handler_error');
    bus.subscribe('throws.a', () => {
      throw new Error('boom');
    });
    bus.subscribe('throws.b', (message) => message.respond(bytes('alive')));
    bus.publish('throws.a', bytes(''));
    expect(await reported).toMatchObject({ subject: 'throws.a', error: { message: 'boom' } });
    expect(text((await bus.request('throws.b', bytes(''), { timeoutMs: 5_000 })).data)).toBe('alive');
  });

  it('refuses streams that are not as asked, and names what differs', async () => {
    await open(server, { prefix: 'differs', journalMaxMsgsPerSubject: 10 });
    const other = connectNats({ servers: server.url, name: 'x', prefix: 'differs', journalMaxMsgsPerSubject: 20 });
    await expect(other).rejects.toMatchObject({
      code: 'broker_unsupported',
      details: { stream: 'DIFFERS_LOG', differing: ['max_msgs_per_subject'] },
    });
  });

  it('reads a long log whole and in order, beyond one batch', async () => {
    const bus = await open(server, { prefix: 'long' });
    let seq = 0;
    for (let n = 0; n < 700; n += 1) seq = await bus.logs.append('k', bytes(String(n)), { expect: seq, id: `i${n}` });
    const records = await bus.logs.read('k');
    expect(records.map((record) => text(record.data))).toEqual(Array.from({ length: 700 }, (_, n) => String(n)));
    expect(records.at(-1)?.seq).toBe(seq);
  });

  it('two processes that start at once both find the streams made', async () => {
    const both = [open(server, { prefix: 'race' }), open(server, { prefix: 'race' }), open(server, { prefix: 'race' })];
    await expect(Promise.all(both)).resolves.toHaveLength(3);
  });

  it('keeps its answers below a private inbox prefix when it is given one', async () => {
    const bus = await open(server, { inboxPrefix: '_INBOX_agent7' });
    const reply = new Promise<string | undefined>((resolve) => {
      bus.subscribe('inbox.a', (message) => {
        resolve(message.reply);
        message.respond(bytes(''));
      });
    });
    await bus.request('inbox.a', bytes(''), { timeoutMs: 5_000 });
    expect(await reply).toMatch(/^_INBOX_agent7\./);
  });

  it('closes in time although its server is gone and a handler hangs', async () => {
    const lonely = await startNatsServer({ version });
    const bus = await open(lonely, { closeTimeoutMs: 200 });
    const hanging = new Promise<void>((resolve) => {
      bus.subscribe('hang', () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    bus.publish('hang', bytes(''));
    await hanging;
    await lonely.stop();
    await bus.close();
    expect(() => bus.publish('hang', bytes(''))).toThrow(/closed/);
  });
});

describe('at the start', () => {
  it('refuses replicas above 1 on a server whose replicated appends let several writers win', async () => {
    const server = await startNatsServer({ version: 'baseline' });
    try {
      await expect(connectNats({ servers: server.url, name: 'x', replicas: 3 })).rejects.toMatchObject({
        code: 'broker_unsupported',
        message: expect.stringContaining('2.9.21'),
      });
    } finally {
      await server.stop();
    }
  });

  it('says broker_unavailable when nobody is there or the password is wrong, and shows no password', async () => {
    await expect(
      connectNats({ servers: 'nats://me:secret@127.0.0.1:1', name: 'x', connectTimeoutMs: 500 }),
    ).rejects.toSatisfy((error: Error & { code: string }) => {
      return (
        error.code === 'broker_unavailable' && error.message.includes('127.0.0.1:1') && !/secret/.test(error.message)
      );
    });
    const server = await startNatsServer({ configText: 'authorization { user: a, password: b }' });
    try {
      await expect(connectNats({ servers: server.url, name: 'x', user: 'a', pass: 'wrong' })).rejects.toMatchObject({
        code: 'broker_unavailable',
        retryable: false,
      });
      const bus = await open(server, { user: 'a', pass: 'b' });
      expect(bus.durable).toBe(true);
    } finally {
      await server.stop();
    }
  });

  it('says so when JetStream is off, and lets a process without storage connect all the same', async () => {
    const server = await startNatsServer({ jetstream: false });
    try {
      await expect(connectNats({ servers: server.url, name: 'x' })).rejects.toMatchObject({
        code: 'broker_unsupported',
      });
      const bus = await open(server, { prepareStreams: false, storageTimeoutMs: 300 });
      await expect(bus.logs.last('k')).rejects.toMatchObject({ code: 'broker_unavailable' });
    } finally {
      await server.stop();
    }
  });

  it.each([
    [false, 1],
    [true, 0],
  ])('warns by the monitoring page unless every write is synced (synced: %s)', async (syncAlways, warnings) => {
    const server = await startNatsServer({ version: 'current', syncAlways });
    const lines: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => void lines.push(message) };
    try {
      await open(server, { monitorUrl: server.monitorUrl, logger });
      expect(lines.filter((line) => line.includes('sync'))).toHaveLength(warnings);
    } finally {
      await server.stop();
    }
  });
});

describe('a cluster of three', () => {
  it('keeps each of many records that are written at once, also when a server is killed meanwhile', async () => {
    const cluster = await startNatsCluster(3, { version: 'current' });
    try {
      const bus = await connectNats({ servers: cluster.urls, name: 'many', replicas: 3, storageTimeoutMs: 30_000 });
      opened.push(bus);
      const keys = Array.from({ length: 100 }, (_, i) => `many.${i}`);
      let seqs = keys.map(() => 0);
      for (let round = 0; round < 12; round += 1) {
        const appended = keys.map((key, i) =>
          bus.logs.append(key, bytes(`${round}`), { expect: seqs[i] ?? 0, id: `${round}-${key}` }),
        );
        if (round === 4) await cluster.servers[0]?.kill();
        seqs = await Promise.all(appended);
      }
      const stored = await Promise.all(keys.map((key) => bus.logs.read(key)));
      const whole = Array.from({ length: 12 }, (_, round) => `${round}`);
      for (const records of stored) expect(records.map(({ data }) => text(data))).toEqual(whole);
      expect(stored.map((records) => records.at(-1)?.seq)).toEqual(seqs);
    } finally {
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await cluster.stop();
    }
  }, 90_000);

  it('lets one writer win each append on replicated streams, and goes on when a server is killed', async () => {
    const cluster = await startNatsCluster(3, { version: 'current' });
    try {
      const connect = (name: string) =>
        connectNats({ servers: cluster.urls, name, replicas: 3, storageTimeoutMs: 30_000 });
      const writers = await Promise.all(['w1', 'w2', 'w3'].map(connect));
      opened.push(...writers);
      let expected = 0;
      for (let round = 0; round < 20; round += 1) {
        if (round === 10) await cluster.servers[0]?.kill();
        const outcomes = await Promise.allSettled(
          writers.map((bus, w) => bus.logs.append('r3', bytes(`${w}`), { expect: expected, id: `${round}-${w}` })),
        );
        const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        expect(won).toHaveLength(1);
        expected = won[0] ?? 0;
      }
      expect(await writers[1]?.logs.read('r3')).toHaveLength(20);
    } finally {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
      await cluster.stop();
    }
  });
});

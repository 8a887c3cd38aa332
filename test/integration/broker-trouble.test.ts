/**
 * A node and a real nats-server that is full, that lets the node write nothing, that is frozen, or slow: the node notices by
 * its own writes, says so, and of what was acknowledged nothing is lost.
 */
import { type Bus, connectNats, type NatsBusOptions } from '@tutti/bus';
import { type Node, ROLES, startNode } from '@tutti/cluster';
import { createSubjects, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '@tutti/testkit/nats-servers';
import { afterEach, describe, expect, it } from 'vitest';

/** Of no actor, so that no node takes it for a run's journal. */
const KEY = 'probe.1.a';
const KIB = 1024;
const bytes = (length: number) => new Uint8Array(length).fill(7);
/** Ends what was begun, the newest first. */
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  ends.push(() => server.stop());
  return server;
}

async function connect(server: NatsServer, options: Partial<NatsBusOptions> = {}): Promise<Bus> {
  const bus = await connectNats({ servers: server.url, name: 'test', closeTimeoutMs: 1_000, ...options });
  ends.push(() => bus.close());
  return bus;
}

/** A list of events, and the promise of the first of a type that is still to come. */
class Heard {
  readonly all: TuttiEvent[] = [];
  readonly #waiting: { readonly type: string; readonly resolve: (event: TuttiEvent) => void }[] = [];

  readonly take = (event: TuttiEvent): void => {
    this.all.push(event);
    for (const { type, resolve } of this.#waiting) if (type === event.type) resolve(event);
  };

  next(type: TuttiEvent['type']): Promise<TuttiEvent> {
    return new Promise((resolve) => this.#waiting.push({ type, resolve }));
  }
}

async function nodeOn(bus: Bus): Promise<{ readonly node: Node; readonly told: Heard }> {
  const told = new Heard();
  const node = await startNode({ bus, roles: ROLES, name: 'n1', log: silentLogger, onBroker: told.take });
  ends.push(() => node.stop());
  return { node, told };
}

/** What people hear who listen as `tutti run --nats` does. */
async function listener(server: NatsServer, options: Partial<NatsBusOptions> = {}): Promise<Heard> {
  const heard = new Heard();
  const bus = await connect(server, { prepareStreams: false, ...options });
  bus.subscribe(createSubjects().all('brokerEvent'), ({ data }) => {
    heard.take(JSON.parse(new TextDecoder().decode(data)) as TuttiEvent);
  });
  await bus.flush();
  return heard;
}

/** Appends through a node, as its actors do: one after another, each under an id of its own until it is taken. */
class Writer {
  readonly acknowledged: string[] = [];
  readonly errors: string[] = [];
  readonly #node: Node;
  #seq = 0;
  #count = 0;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Whether the record was taken; one that was not is sent again under its id with the next call. */
  async append(length = 16): Promise<boolean> {
    const id = `record-${this.#count}`;
    try {
      this.#seq = await this.#node.ports.bus.logs.append(KEY, bytes(length), { expect: this.#seq, id });
      this.#count += 1;
      this.acknowledged.push(id);
      return true;
    } catch (error) {
      const { code, retryable } = TuttiError.from(error);
      if (!retryable) throw error;
      this.errors.push(code);
      return false;
    }
  }

  async untilTaken(): Promise<void> {
    while (!(await this.append()));
  }
}

const stored = async (bus: Bus): Promise<string[]> => (await bus.logs.read(KEY)).map(({ id }) => id);

describe.each(['baseline', 'current'] as const)('on the %s server', (version) => {
  it('a disk without room is told as full, loses nothing that was acknowledged, and is well when there is room', async () => {
    const server = await serve({ version, maxFileStoreBytes: 2_048 * KIB });
    const bus = await connect(server);
    const heard = await listener(server);
    const { node, told } = await nodeOn(bus);
    let seq = 0;
    // Ballast that an operator can throw away.
    for (let n = 0; n < 6; n += 1) {
      seq = await bus.logs.append('probe.1.ballast', bytes(200 * KIB), { expect: seq, id: `ballast-${n}` });
    }
    const [alert, publicAlert] = [told.next('broker.alert'), heard.next('broker.alert')];
    const writer = new Writer(node);
    while (await writer.append(64 * KIB));
    expect(writer.acknowledged.length).toBeGreaterThan(3);
    expect(writer.errors).toEqual(['broker_full']);
    expect((await alert).data).toMatchObject({ node: 'n1', condition: 'full' });
    expect(await publicAlert).toEqual(await alert);
    const well = told.next('broker.well');
    await bus.logs.purge('probe.1.ballast');
    // Server 2.9 counts what was purged as taken until it starts again.
    if (version === 'baseline') await server.restart();
    await writer.untilTaken();
    expect((await well).data).toMatchObject({ node: 'n1', condition: 'full' });
    expect(await stored(bus)).toEqual(writer.acknowledged);
  });

  it('a user who may not write to journals is told as refused at once, and everybody who listens hears it', async () => {
    const users = `authorization { users: [
      { user: admin, password: a },
      { user: node, password: n, permissions: { publish: { deny: ["tutti.log.>"] } } } ] }`;
    const server = await serve({ version, configText: users });
    const admin = await connect(server, { user: 'admin', pass: 'a' });
    const acknowledged = await admin.logs.append(KEY, bytes(1), { expect: 0, id: 'before' });
    const heard = await listener(server, { user: 'admin', pass: 'a' });
    const { node, told } = await nodeOn(await connect(server, { user: 'node', pass: 'n' }));
    const alert = heard.next('broker.alert');
    const startedMs = performance.now();
    await expect(
      node.ports.bus.logs.append(KEY, bytes(1), { expect: acknowledged, id: 'after' }),
    ).rejects.toMatchObject({ code: 'broker_refused', details: { subject: `tutti.log.${KEY}` } });
    // No time-out had to pass: the server said so.
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect((await alert).data).toMatchObject({ condition: 'refused', detail: expect.stringContaining(KEY) });
    expect(told.all.map(({ type }) => type)).toEqual(['broker.alert']);
    expect(await stored(admin)).toEqual(['before']);
  });

  it('a server that is frozen for seconds is told as away, and what it was given is there once, when it goes on', async () => {
    const server = await serve({ version });
    const { pid } = server;
    const { node, told } = await nodeOn(await connect(server));
    const writer = new Writer(node);
    await writer.append();
    const [alert, well] = [told.next('broker.alert'), told.next('broker.well')];
    process.kill(pid, 'SIGSTOP');
    let waiting: Promise<void>;
    try {
      waiting = writer.untilTaken();
      expect((await alert).data).toMatchObject({ condition: 'away', detail: expect.stringMatching(/wait|no answer/) });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await waiting;
    expect((await well).data).toMatchObject({ condition: 'away' });
    await writer.append();
    expect(await stored(await connect(server))).toEqual(writer.acknowledged);
    expect(writer.acknowledged).toHaveLength(3);
  });
});

describe('a server that answers late', () => {
  it('is told as slow', async () => {
    const server = await serve();
    const { pid } = server;
    const { node, told } = await nodeOn(await connect(server));
    const alert = told.next('broker.alert');
    const writer = new Writer(node);
    let isSlow = true;
    // Each write finds the server stopped, and waits longer than one may take, but not as long as for one that is away.
    const writing = (async () => {
      while (isSlow) {
        process.kill(pid, 'SIGSTOP');
        const taken = writer.append();
        await pause(400);
        process.kill(pid, 'SIGCONT');
        await taken;
      }
    })();
    const { data } = await alert;
    isSlow = false;
    await writing;
    expect(data).toMatchObject({ condition: 'slow', detail: expect.stringContaining('half of the last') });
    expect(await stored(await connect(server))).toEqual(writer.acknowledged);
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

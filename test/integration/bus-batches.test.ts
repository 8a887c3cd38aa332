/** Appends of many logs in one write, over a real nats-server: what it takes, and what is known of a batch that it did not answer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectNats } from '@tutti/bus';
import { type NatsServer, startNatsServer } from '@tutti/testkit/nats-servers';
import { connect } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function serve(options: Parameters<typeof startNatsServer>[0]): Promise<NatsServer> {
  const server = await startNatsServer({ syncAlways: true, ...options });
  stops.push(() => server.stop());
  return server;
}

async function open({ url: servers }: NatsServer): Promise<Bus> {
  const bus = await connectNats({ servers, name: `batches-${stops.length}`, closeTimeoutMs: 300 });
  stops.push(() => bus.close());
  return bus;
}

const keysOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `many.${i}`);
/** Appends one record to each log at once; resolves with `ok` or the code of the error, in their order. */
const appendAll = (bus: Bus, keys: readonly string[], data = bytes('x')): Promise<readonly string[]> =>
  Promise.all(
    keys.map((key) =>
      bus.logs.append(key, data, { expect: 0, id: `id-${key}` }).then(
        () => 'ok',
        (error) => error.code as string,
      ),
    ),
  );
const countsOf = (bus: Bus, keys: readonly string[]): Promise<readonly number[]> =>
  Promise.all(keys.map(async (key) => (await bus.logs.read(key)).length));

/** The batches that the last records of logs were stored with: what the bus does not show. */
async function batchesOf(url: string, keys: readonly string[]): Promise<ReadonlySet<string | undefined>> {
  const plain = await connect({ servers: url });
  const batchOf = async (key: string): Promise<string | undefined> => {
    const query = JSON.stringify({ last_by_subj: `tutti.log.${key}` });
    const answer = await plain.request('$JS.API.STREAM.MSG.GET.TUTTI_LOG', query);
    const { hdrs } = answer.json<{ message: { hdrs: string } }>().message;
    return /^Nats-Batch-Id: (.*)\r$/m.exec(Buffer.from(hdrs, 'base64').toString())?.[1];
  };
  try {
    return new Set(await Promise.all(keys.map(batchOf)));
  } finally {
    await plain.close();
  }
}

it.each([
  ['baseline', [undefined]],
  ['current', [expect.any(String)]],
] as const)('the %s server writes in one what many logs ask for at once, or one by one', async (version, batches) => {
  const server = await serve({ version });
  const bus = await open(server);
  const keys = keysOf(64);
  expect(new Set(await appendAll(bus, keys))).toEqual(new Set(['ok']));
  expect([...(await batchesOf(server.url, keys))]).toEqual(batches);
  await appendAll(bus, ['alone']);
  expect(await batchesOf(server.url, ['alone'])).toEqual(new Set([undefined]));
});

describe('a batch that is not answered', () => {
  const signal = ({ pid }: NatsServer, name: 'SIGSTOP' | 'SIGCONT') => process.kill(pid ?? 0, name);

  it('is stored once when the server was only frozen', async () => {
    const server = await serve({ version: 'current' });
    const bus = await open(server);
    const keys = keysOf(40);
    await appendAll(bus, ['first']);
    signal(server, 'SIGSTOP');
    const appended = appendAll(bus, keys);
    // Longer than an attempt is waited for.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    signal(server, 'SIGCONT');
    expect(new Set(await appended)).toEqual(new Set(['ok']));
    expect(new Set(await countsOf(bus, keys))).toEqual(new Set([1]));
  });

  it('and what waits behind it ends at once when the connection is closed', async () => {
    const server = await serve({ version: 'current' });
    const bus = await open(server);
    await appendAll(bus, ['first']);
    signal(server, 'SIGSTOP');
    const appended = appendAll(bus, keysOf(200));
    await bus.close();
    signal(server, 'SIGCONT');
    expect(new Set(await appended)).toEqual(new Set(['bus_closed']));
  });

  /** A server that is nearly full takes records of these sizes at once, and starts again with more room. */
  async function broken(sizes: readonly number[]) {
    const storeDir = mkdtempSync(join(tmpdir(), 'tutti-batch-'));
    stops.push(async () => rmSync(storeDir, { recursive: true, force: true }));
    const full = await serve({ version: 'current', storeDir, maxFileStoreBytes: 2_000_000 });
    const bus = await open(full);
    for (let i = 0; i < 170; i += 1)
      expect(await appendAll(bus, [`fill.${i}`], new Uint8Array(10_000))).toEqual(['ok']);
    const keys = keysOf(sizes.length);
    const told = (await Promise.all(keys.map((key, i) => appendAll(bus, [key], new Uint8Array(sizes[i] ?? 0))))).flat();
    await full.kill();
    const roomy = await serve({ version: 'current', storeDir, maxFileStoreBytes: 50_000_000 });
    const counts = await countsOf(await open(roomy), keys);
    const isWrong = (code: string | undefined, count: number | undefined): boolean =>
      (code === 'ok' && count !== 1) || (code === 'broker_full' && count !== 0);
    expect(keys.filter((_, i) => isWrong(told[i], counts[i]))).toEqual([]);
    return { told, stored: counts.reduce((sum, count) => sum + count, 0) };
  }

  it('is not said to be absent while a server that became full in the middle of it may still store it', async () => {
    const { told, stored } = await broken(Array.from({ length: 60 }, () => 10_000));
    expect(new Set(told)).toEqual(new Set(['ok', 'broker_unavailable']));
    // The server did finish the batch: else nothing was shown here.
    expect(stored).toBe(60);
  });

  it('is not said to be absent where only its last record found no room', async () => {
    const { told } = await broken(Array.from({ length: 29 }, () => 10_000));
    expect(new Set(told.slice(0, -1))).toEqual(new Set(['ok']));
    expect(told.at(-1)).toBe('broker_unavailable');
  });
});

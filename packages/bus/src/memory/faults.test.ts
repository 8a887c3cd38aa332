import { describe, expect, it } from 'vitest';
import type { Timers } from '../timers.ts';
import { createMemoryBroker } from './broker.ts';

/** Time that passes only when told, with everything due in order. */
function virtualTimers() {
  let now = 0;
  let due: { at: number; callback: () => void }[] = [];
  const timers: Timers = {
    setTimeout: (callback, ms) => {
      const entry = { at: now + ms, callback };
      due.push(entry);
      return entry;
    },
    clearTimeout: (handle) => {
      due = due.filter((entry) => entry !== handle);
    },
  };
  const settle = async () => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
  };
  const advance = async (ms: number) => {
    const end = now + ms;
    await settle();
    for (;;) {
      const next = due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      now = next.at;
      due = due.filter((entry) => entry !== next);
      next.callback();
      await settle();
    }
    now = end;
  };
  return { timers, advance, waiting: () => due.length };
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const outcome = (promise: Promise<unknown>) => {
  const state = { value: 'waiting' as unknown };
  promise.then(
    (value) => {
      state.value = value;
    },
    (error) => {
      state.value = error.code;
    },
  );
  return state;
};

function scene() {
  const clock = virtualTimers();
  const broker = createMemoryBroker({ timers: clock.timers, now: () => 1 });
  const [a, b] = [broker.connect('a'), broker.connect('b')];
  const seen: string[] = [];
  b.subscribe('x.>', (message) => {
    seen.push(Buffer.from(message.data).toString());
    message.respond(bytes('re'));
  });
  return { ...clock, broker, a, b, seen };
}

describe('message faults', () => {
  it('a plan loses, duplicates and delays each delivery, by virtual time', async () => {
    const { broker, a, seen, advance } = scene();
    const plans: Record<string, number[]> = { lost: [], twice: [0, 5], late: [30], plain: [0] };
    broker.intercept = ({ data }) => plans[Buffer.from(data).toString()];
    for (const body of Object.keys(plans)) a.publish('x.y', bytes(body));
    await advance(0);
    expect(seen).toEqual(['twice', 'plain']);
    await advance(5);
    expect(seen).toEqual(['twice', 'plain', 'twice']);
    await advance(25);
    expect(seen.at(-1)).toBe('late');
  });

  it('a partition is seen from both names, and requests across it time out by virtual time', async () => {
    const { broker, a, advance, waiting } = scene();
    broker.intercept = ({ from, to }) => (from === 'a' && to === 'b' ? [] : undefined);
    const asked = outcome(a.request('x.y', bytes('?'), { timeoutMs: 1000 }));
    await advance(999);
    expect(asked.value).toBe('waiting');
    await advance(1);
    expect(asked.value).toBe('request_timeout');
    expect(waiting()).toBe(0);
  });

  it('a reply can be lost alone', async () => {
    const { broker, a, seen, advance } = scene();
    broker.intercept = ({ isReply }) => (isReply ? [] : undefined);
    const asked = outcome(a.request('x.y', bytes('?'), { timeoutMs: 10 }));
    await advance(10);
    expect(seen).toEqual(['?']);
    expect(asked.value).toBe('request_timeout');
  });
});

describe('dead and cut-off processes', () => {
  it('a killed connection gets nothing, sends nothing, and is nobody for requests', async () => {
    const { broker, a, b, seen, advance } = scene();
    a.publish('x.y', bytes('under way'));
    const asked = outcome(b.request('x.self', bytes(''), { timeoutMs: 1000 }));
    b.kill();
    await advance(0);
    expect(seen).toEqual([]);
    expect(asked.value).toBe('bus_closed');
    expect(() => b.publish('x.y', bytes(''))).toThrow(/closed/);
    await expect(a.request('x.y', bytes(''), { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'no_responders' });
    expect(broker.connections.map((connection) => connection.name)).toEqual(['a']);
    expect(broker.connect('b').isOpen).toBe(true);
  });

  it('a cut-off connection loses what is sent meanwhile and hears again once it is back', async () => {
    const { a, b, seen, advance } = scene();
    const statuses: string[] = [];
    b.onStatus((status) => statuses.push(status.type));
    b.disconnect();
    a.publish('x.y', bytes('lost'));
    b.publish('x.y', bytes('lost too'));
    await expect(b.request('x.y', bytes(''), { timeoutMs: 10 })).rejects.toMatchObject({ code: 'broker_unavailable' });
    await expect(b.logs.last('k')).rejects.toMatchObject({ code: 'broker_unavailable' });
    b.reconnect();
    a.publish('x.y', bytes('heard'));
    await advance(0);
    expect(seen).toEqual(['heard']);
    expect(statuses).toEqual(['disconnected', 'reconnected']);
  });
});

describe('append faults', () => {
  it('a lost answer leaves the record stored and the writer unsure', async () => {
    const { broker, a, advance } = scene();
    broker.interceptAppend = ({ from }) => (from === 'a' ? { lose: 'answer', answerAfterMs: 50 } : undefined);
    const appended = outcome(a.logs.append('k', bytes('1'), { expect: 0, id: 'i1' }));
    await advance(50);
    expect(appended.value).toBe('broker_unavailable');
    broker.interceptAppend = undefined;
    expect((await a.logs.last('k'))?.id).toBe('i1');
    expect(await a.logs.append('k', bytes('1'), { expect: 0, id: 'i1' })).toBe(1);
  });

  it('a late append is applied after the writer died, and fences nobody else out unseen', async () => {
    const { broker, a, b, advance } = scene();
    broker.interceptAppend = ({ from }) => (from === 'a' ? { applyAfterMs: 100 } : undefined);
    const late = outcome(a.logs.append('k', bytes('late'), { expect: 0, id: 'late' }));
    a.kill();
    await b.logs.append('k', bytes('first'), { expect: 0, id: 'first' });
    await advance(100);
    expect(late.value).toBe('fenced');
    expect((await b.logs.read('k')).map((record) => record.id)).toEqual(['first']);
  });

  it('a lost append stores nothing', async () => {
    const { broker, a } = scene();
    broker.interceptAppend = () => ({ lose: 'request' });
    await expect(a.logs.append('k', bytes(''), { expect: 0, id: 'i' })).rejects.toMatchObject({
      code: 'broker_unavailable',
    });
    expect(await a.logs.last('k')).toBeUndefined();
  });
});

it('two handlers that chat without end leave the event loop its turns', async () => {
  const bus = createMemoryBroker().connect('chat');
  let messages = 0;
  bus.subscribe('ping', () => {
    messages += 1;
    bus.publish('ping', bytes(''));
  });
  bus.publish('ping', bytes(''));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await bus.close();
  expect(messages).toBeGreaterThan(500);
});

describe('a broker that loses its power', () => {
  it('has lost the last records of its logs, and gives their sequences again', async () => {
    let now = 0;
    const broker = createMemoryBroker({ now: () => now });
    const { logs } = broker.connect('a');
    const first = await logs.append('k', bytes('1'), { expect: 0, id: 'one' });
    now = 100;
    const second = await logs.append('k', bytes('2'), { expect: first, id: 'two' });
    await logs.append('other', bytes('3'), { expect: 0, id: 'three' });
    now = 150;
    expect(broker.losePower({ logsMs: 60, keyValuesMs: 0, blobsMs: 0 })).toEqual([
      { key: 'k', id: 'two' },
      { key: 'other', id: 'three' },
    ]);
    expect((await logs.read('k')).map(({ id }) => id)).toEqual(['one']);
    expect(await logs.keys('>')).toEqual(['k']);
    expect(await logs.append('k', bytes('4'), { expect: first, id: 'four' })).toBe(second);
  });

  it('has what stood in its key-values before, and gives their revisions again', async () => {
    let now = 0;
    const broker = createMemoryBroker({ now: () => now, undoMs: 500 });
    const { keyValues } = broker.connect('a');
    const kept = await keyValues.set('a', bytes('1'), 0);
    await keyValues.set('gone', bytes('1'), 0);
    now = 1_000;
    const lost = await keyValues.set('a', bytes('2'), kept);
    await keyValues.set('b', bytes('1'), 0);
    await keyValues.delete('gone');
    expect(broker.losePower({ logsMs: 0, keyValuesMs: 10, blobsMs: 0 })).toEqual([]);
    expect((await keyValues.list('')).map(({ key, revision }) => [key, revision])).toEqual([
      ['a', kept],
      ['gone', kept + 1],
    ]);
    expect(await keyValues.set('a', bytes('3'), kept)).toBe(lost);
  });
  it('has lost the blobs that it stored last, and no older one that was stored again', async () => {
    let now = 0;
    const broker = createMemoryBroker({ now: () => now });
    const { blobs } = broker.connect('a');
    const old = await blobs.put(bytes('old'));
    now = 100;
    expect(await blobs.put(bytes('old'))).toBe(old);
    const young = await blobs.put(bytes('young'));
    now = 150;
    broker.losePower({ logsMs: 0, keyValuesMs: 0, blobsMs: 60 });
    expect(await blobs.get(old)).toEqual(bytes('old'));
    expect(await blobs.get(young)).toBeUndefined();
    expect(await blobs.put(bytes('young'))).toBe(young);
  });
});

import { createMemoryBroker, type MemoryBus } from '@tutti/bus';
import { checkEvent, createSubjects, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { WELL_AFTER_MS } from './health.ts';
import { REPEAT_MS, watchBroker } from './watch.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** A node whose broker has room or not, with a listener as people have one; the test moves the clock. */
function scripted() {
  const broker = createMemoryBroker();
  const bus: MemoryBus = broker.connect('node');
  let [nowMs, isFull] = [0, false];
  const append: MemoryBus['logs']['append'] = (key, data, options) =>
    isFull ? Promise.reject(new TuttiError('broker_full', 'no room')) : bus.logs.append(key, data, options);
  const logs = Object.assign(Object.create(bus.logs), { append });
  const warnings: string[] = [];
  const told: TuttiEvent[] = [];
  const heard: TuttiEvent[] = [];
  broker.connect('person').subscribe('tutti.evt.broker.>', ({ data }) => {
    heard.push(JSON.parse(new TextDecoder().decode(data)) as TuttiEvent);
  });
  const ports = {
    bus: Object.assign(Object.create(bus), { logs }) as MemoryBus,
    clock: { now: () => 1_000_000 + nowMs, monotonic: () => nowMs },
    log: { ...silentLogger, warn: (_: object, text: string) => void warnings.push(text) },
    subjects: createSubjects(),
  };
  const watch = watchBroker(ports, 'n1', (event) => told.push(event));
  let seq = 0;
  return {
    ...{ bus, watch, told, heard, warnings },
    full: (is: boolean) => (isFull = is),
    pass: (ms: number) => (nowMs += ms),
    async write() {
      const appended = watch.bus.logs.append('k', bytes('x'), { expect: seq, id: `i${seq}` });
      seq = await appended.catch(() => seq);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const shapes = (events: readonly TuttiEvent[]) => events.map(({ type, data }) => [type, data['condition']]);

describe('a node that meets a full broker', () => {
  it('says so at once, again once a minute while it lasts, and when it is over', async () => {
    const { watch, write, full, pass, told, heard, warnings } = scripted();
    await write();
    expect(watch.look()).toBeUndefined();
    full(true);
    await write();
    expect(watch.look()).toEqual({ condition: 'full', sinceMs: 1_000_000, detail: 'journals: no room' });
    for (let ms = 0; ms < REPEAT_MS; ms += 1_000) {
      pass(1_000);
      await write();
    }
    expect(shapes(told)).toEqual([
      ['broker.alert', 'full'],
      ['broker.alert', 'full'],
    ]);
    full(false);
    await write();
    pass(WELL_AFTER_MS);
    expect(watch.look()).toBeUndefined();
    expect(told.at(-1)).toMatchObject({
      type: 'broker.well',
      data: { node: 'n1', condition: 'full', lastedMs: REPEAT_MS + WELL_AFTER_MS },
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(told);
    expect(told.map(checkEvent)).toEqual([undefined, undefined, undefined]);
    expect(warnings).toHaveLength(3);
  });
});

describe('a node that is cut off from its broker', () => {
  it('says so in its log and to its own process, which is all that is left, and when it is back', async () => {
    const { bus, watch, told, heard, warnings, pass } = scripted();
    bus.disconnect();
    expect(watch.look()).toMatchObject({ condition: 'away' });
    expect(warnings).toHaveLength(1);
    pass(700);
    bus.reconnect();
    expect(watch.look()).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(shapes(told)).toEqual([
      ['broker.alert', 'away'],
      ['broker.well', 'away'],
    ]);
    expect(told.at(-1)?.data).toMatchObject({ lastedMs: 700 });
    expect(shapes(heard)).toEqual([['broker.well', 'away']]);
  });

  it('hears no more of it once it has stopped', () => {
    const { bus, watch, told } = scripted();
    watch.stop();
    bus.disconnect();
    expect(told).toEqual([]);
  });
});

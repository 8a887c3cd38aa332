import { createMemoryBus } from '@tutti/bus';
import { checkEvent, createSubjects, DEFAULT_POOL, type LeaseRequest, type TuttiEvent } from '@tutti/contracts';
import { type Clock, createExchange, createHost } from '@tutti/kernel';
import { resourcesKind } from '@tutti/resources';
import { silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { alertsAt, logAlerts } from './pool-alerts.ts';
import { portsOf } from './ports.ts';

const request = (step: string): LeaseRequest => ({
  ...{ lease: `r/${step}/1`, step, needs: { cpu: 1, memory: 1 }, priority: 5, rank: 0 },
});

/** Whatever was begun has gone as far as it can without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Time that passes when it is told to. */
function handClock() {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  const clock: Clock = {
    now: () => 1_700_000_000_000 + nowMs,
    monotonic: () => nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    soon: (callback) => void setImmediate(callback),
  };
  return {
    clock,
    async pass(ms: number): Promise<void> {
      for (const endMs = nowMs + ms; nowMs < endMs; await settled()) {
        nowMs = Math.min(endMs, ...[...timers].map(({ dueMs }) => dueMs));
        for (const timer of [...timers].filter(({ dueMs }) => dueMs <= nowMs))
          if (timers.delete(timer)) timer.callback();
      }
    },
  };
}

function hostedPool() {
  const { clock, pass } = handClock();
  const bus = createMemoryBus();
  const subjects = createSubjects();
  const lines: string[] = [];
  const heard: TuttiEvent[] = [];
  bus.subscribe('tutti.evt.>', ({ data }) => {
    const event = JSON.parse(new TextDecoder().decode(data)) as TuttiEvent;
    if (event.type !== 'pool.usage') heard.push(event);
  });
  const log = { ...silentLogger, warn: (_: object, text: string) => void lines.push(text) };
  const ports = portsOf({ bus, log, ports: { clock } });
  const exchange = createExchange(ports, { identity: 'n' });
  const pool = { ...DEFAULT_POOL, concurrentAgents: 1 };
  const pools = createHost(ports, exchange, resourcesKind({ subjects, pool, startClosed: false }), {
    subjects: ['resources'],
    idOf: (params) => params['pool'] ?? '',
    custom: logAlerts(log),
  });
  pools.serve('resources', { pool: 'default' });
  const ask = async (wanted: readonly string[], held: readonly string[]): Promise<void> => {
    const sync = { type: 'resource.sync', holder: 'r', holderEpoch: 1 } as const;
    const told = { held: held.map(request), wanted: wanted.map(request) };
    exchange.send(subjects.of('resources', { pool: 'default' }), { ...sync, ...told });
    await settled();
  };
  return { ask, pass, heard, lines, alerts: () => alertsAt(pools, 'default') };
}

it('a hosted pool tells by its own timer that three wait, and that they wait no more: people, the log, the beat', async () => {
  const { ask, pass, heard, lines, alerts } = hostedPool();
  for (let at = 0; at < 25; at += 5) {
    await ask(['b', 'c', 'd'], ['a']);
    await pass(5_000);
  }
  expect(heard).toMatchObject([{ type: 'resource.alert', data: { metric: 'queue_depth', value: 3, threshold: 3 } }]);
  expect(alerts()).toMatchObject([{ metric: 'queue_depth', names: ['r/b', 'r/c', 'r/d'] }]);
  for (let at = 0; at < 25; at += 5) {
    await ask([], ['a']);
    await pass(5_000);
  }
  expect(heard.slice(1)).toMatchObject([{ type: 'resource.well', data: { metric: 'queue_depth', value: 0 } }]);
  expect(heard.map(checkEvent)).toEqual([undefined, undefined]);
  expect(alerts()).toBeUndefined();
  expect(lines).toEqual([
    'queue_depth of the pool is over its threshold',
    'queue_depth of the pool is below its threshold again',
  ]);
});

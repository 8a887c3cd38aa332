import { createMemoryBus } from '@tutti/bus';
import { createSubjects } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { systemClock, systemIds, systemRandom } from './adapters/system.ts';
import { createExchange } from './exchange.ts';
import { createLocalTable } from './local-table.ts';
import type { KernelPorts } from './ports.ts';

/** Two exchanges of one process on a bus that is cut off: who answers was reached without it. */
function pair(extra: Partial<KernelPorts>, local = true) {
  const bus = createMemoryBus();
  const system = { clock: systemClock, random: systemRandom, ids: systemIds };
  const ports = { bus, ...system, log: silentLogger, meter: noopMeter, subjects: createSubjects(), ...extra };
  const server = createExchange(ports, { identity: 'server', local });
  const reached = { code: 'overloaded', message: 'reached', retryable: false } as const;
  server.serve('tutti.wf.1.r', ({ reply }) => reply?.({ type: 'error', error: reached }));
  bus.disconnect();
  const client = createExchange(ports, { identity: 'client', local });
  return client.ask('tutti.wf.1.r', { type: 'run.status', run: 'r' }, 1_000);
}

describe('exchanges of one process', () => {
  it('reach each other without the broker when they share a table', async () => {
    await expect(pair({ local: createLocalTable() })).rejects.toThrow('reached');
  });

  it.each([
    ['when they share none', {}, true],
    ['when they are told not to', { local: createLocalTable() }, false],
  ] as const)('go by the broker %s', async (_, extra, local) => {
    await expect(pair(extra, local)).rejects.toMatchObject({ code: 'broker_unavailable' });
  });
});

describe('the system clock', () => {
  it('runs what is to be done soon in order, and leaves the event loop its turns however long the chain', async () => {
    const order: string[] = [];
    let turns = 0;
    const chain = (left: number): void => {
      if (left > 0) systemClock.soon(() => chain(left - 1));
      else order.push('chain');
    };
    const beat = (): void => {
      turns += 1;
      if (order.length < 3) setImmediate(beat);
    };
    setImmediate(beat);
    systemClock.soon(() => order.push('first'));
    systemClock.soon(() => order.push('second'));
    chain(5_000);
    await new Promise<void>((resolve) => {
      const wait = (): void => (order.includes('chain') ? resolve() : void setImmediate(wait));
      wait();
    });
    expect(order).toEqual(['first', 'second', 'chain']);
    expect(turns).toBeGreaterThan(1);
  });
});

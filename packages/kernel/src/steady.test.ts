import { createMemoryBus } from '@tutti/bus';
import { createSubjects } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { type EventObject, setup } from 'xstate';
import { systemIds } from './adapters/system.ts';
import { effectActions } from './effects.ts';
import { createExchange } from './exchange.ts';
import { createHost } from './host.ts';
import type { Clock } from './ports.ts';
import { decided } from './stepper.ts';

const TICK_MS = 1_000;

/** Ticks once a second and remembers when. */
const machine = setup({
  types: { context: {} as { readonly times: readonly number[] }, events: {} as EventObject & { readonly at: number } },
  actions: {
    ...effectActions,
    tick: decided((state: { readonly times: readonly number[] }, event: { type: string; at?: number }) => ({
      next: event.at === undefined ? state : { times: [...state.times, event.at] },
      set: [{ id: 'tick', delayMs: TICK_MS, event: { type: 'timer.tick' } }],
    })),
  },
}).createMachine({ context: { times: [] }, entry: 'tick', on: { 'timer.tick': { actions: 'tick' } } });

/** One actor without a log, under two clocks that the test moves. */
async function world() {
  const time = { wallMs: 1_000_000, steadyMs: 0 };
  const waiting: { dueMs: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => time.wallMs,
    monotonic: () => time.steadyMs,
    after: (delayMs, run) => {
      waiting.push({ dueMs: time.steadyMs + delayMs, run });
      return { cancel: () => undefined };
    },
    soon: (run) => run(),
  };
  const owned: { epoch: number | undefined } = { epoch: 1 };
  const bus = createMemoryBus();
  const common = { random: { next: () => 0 }, ids: systemIds, log: silentLogger, meter: noopMeter };
  const ports = { bus, clock, subjects: createSubjects(), ...common };
  const kind = { name: 'res', machine, durable: false, accepts: {}, creates: ['*'] as const, input: () => ({}) };
  const host = createHost(ports, createExchange(ports, { identity: 'n' }), kind, {
    subjects: ['resources'],
    idOf: () => 'p',
    ownerEpoch: () => owned.epoch,
  });
  const actor = await host.ensure({ pool: 'p' });
  const pass = (ms: number): void => {
    time.wallMs += ms;
    time.steadyMs += ms;
    const due = waiting.filter((timer) => timer.dueMs <= time.steadyMs);
    for (const timer of due) waiting.splice(waiting.indexOf(timer), 1);
    for (const timer of due) timer.run();
  };
  const context = (): { readonly times: readonly number[] } => actor?.snapshot?.context as never;
  return { pass, time, owned, host, actor, times: () => context().times };
}

describe('the time of an actor without a log', () => {
  for (const jumpMs of [3_600_000, -3_600_000]) {
    it(`goes on as it was although the wall clock is set by ${jumpMs} ms`, async () => {
      const { pass, time, times } = await world();
      pass(TICK_MS);
      time.wallMs += jumpMs;
      for (let i = 0; i < 4; i++) pass(TICK_MS / 2);
      expect(times()).toEqual([1_001_000, 1_002_000, 1_003_000]);
    });
  }

  it('begins with the time on the wall, which deadlines of other processes are told in', async () => {
    const { pass, time, times } = await world();
    pass(TICK_MS);
    expect(times()).toEqual([time.wallMs]);
  });
});

describe('an actor without a log', () => {
  for (const epoch of [undefined, 2])
    it(`does nothing more at its timer once its process owns it under epoch ${epoch}, for no append would stop it`, async () => {
      const { pass, owned, actor, times } = await world();
      pass(TICK_MS);
      owned.epoch = epoch;
      pass(TICK_MS);
      expect(times()).toEqual([1_001_000]);
      expect(actor?.stoppedBy).toBe('released');
    });

  it('takes no message once it is not owned', async () => {
    const { owned, host, actor } = await world();
    owned.epoch = undefined;
    await expect(host.ensure({ pool: 'p' })).rejects.toMatchObject({ code: 'not_owner' });
    expect(actor?.stoppedBy).toBe('released');
  });
});

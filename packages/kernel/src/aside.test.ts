import { createMemoryBus, decode } from '@tutti/bus';
import { type AnyMessage, createSubjects, open } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { systemClock, systemIds, systemRandom } from './adapters/system.ts';
import type { Undelivered } from './aside.ts';
import { effectActions } from './effects.ts';
import { createExchange } from './exchange.ts';
import { createHost } from './host.ts';

/** Breaks on a cancel, takes a question. */
const machine = setup({
  types: { context: {} as { n: number }, events: {} as { type: string } },
  actions: {
    ...effectActions,
    breaks: assign(() => {
      throw new Error('planned to break');
    }),
    counts: assign(({ context }) => ({ n: context.n + 1 })),
  },
}).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: { on: { on: { 'run.cancel': { actions: 'breaks' }, 'run.status': { actions: 'counts' } } } },
});

it('a message that its machine breaks on goes aside as it was, and the actor lives on', async () => {
  const aside: Undelivered[] = [];
  const ports = {
    bus: createMemoryBus(),
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
    setAside: (message: Undelivered) => void aside.push(message),
  };
  const exchange = createExchange(ports, { identity: 'me' });
  const accepts = { 'run.cancel': 'durable', 'run.status': 'durable' } as const;
  const kind = { name: 'wf', machine, durable: true, accepts, creates: ['*'] as const, input: () => ({}) };
  const host = createHost(ports, exchange, kind, {
    subjects: ['workflow'],
    idOf: (p) => p['run'] ?? '',
    logKeyOf: (p) => `wf.${p['shard']}.${p['run']}`,
  });
  host.serve('workflow', { shard: 1, run: '*' });
  const to = ports.subjects.of('workflow', { shard: 1, run: 'r' });
  const cancel: AnyMessage = { type: 'run.cancel', run: 'r', reason: 'because' };
  await expect(exchange.ask(to, cancel, 1_000)).rejects.toMatchObject({ code: 'internal_error' });
  expect(aside).toMatchObject([{ subject: to, from: 'me', error: { code: 'internal_error' } }]);
  const [{ data, contentType }] = aside as [Undelivered];
  expect(open(decode(data, contentType))).toEqual({ from: 'me', message: cancel });
  exchange.send(to, { type: 'run.status', run: 'r' });
  await expect.poll(() => host.get('r')?.snapshot?.context).toEqual({ n: 1 });
  expect(aside).toHaveLength(1);
});

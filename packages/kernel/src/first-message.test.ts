import { createMemoryBus, encode } from '@tutti/bus';
import { createSubjects, HEADERS, type MessageOf, seal } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { setup } from 'xstate';
import { systemClock, systemIds, systemRandom } from './adapters/system.ts';
import { effectActions } from './effects.ts';
import { createExchange } from './exchange.ts';
import { createHost } from './host.ts';
import { decided } from './stepper.ts';

/** Remembers what it heard, in order. */
const machine = setup({
  types: { context: {} as { heard: readonly string[] }, events: {} as { type: string; at: number } },
  actions: {
    ...effectActions,
    hear: decided(({ heard }: { readonly heard: readonly string[] }, { type }: { readonly type: string }) => ({
      next: { heard: [...heard, type] },
    })),
  },
}).createMachine({
  context: { heard: [] },
  on: { 'run.status': { actions: 'hear' }, 'run.cancel': { actions: 'hear' } },
});

it('the message that made an actor is its first, whatever comes while it is made', async () => {
  const bus = createMemoryBus({ defer: (run) => run() });
  const send = (message: MessageOf<'run.status' | 'run.cancel'>): void => {
    const { data, contentType } = encode(seal(message, 'peer'));
    bus.publish('tutti.wf.1.r', data, { headers: { [HEADERS.id]: message.type, [HEADERS.contentType]: contentType } });
  };
  const common = { clock: systemClock, random: systemRandom, ids: systemIds, log: silentLogger, meter: noopMeter };
  const ports = { bus, subjects: createSubjects(), ...common };
  const kind = {
    ...{ name: 'wf', machine, durable: true, creates: ['run.status'] as const, input: () => ({}) },
    accepts: { 'run.status': 'lazy', 'run.cancel': 'lazy' } as const,
  };
  const host = createHost(ports, createExchange(ports, { identity: 'n' }), kind, {
    subjects: ['workflow'],
    idOf: (p) => p['run'] ?? '',
    logKeyOf: () => 'wf.1.r',
    onActor: () => send({ type: 'run.cancel', run: 'r', reason: 'x' }),
  });
  host.serve('workflow', { shard: 1, run: '*' });
  send({ type: 'run.status', run: 'r' });
  const heard = () => (host.get('r')?.snapshot?.context as { readonly heard: readonly string[] } | undefined)?.heard;
  await expect.poll(heard).toEqual(['run.status', 'run.cancel']);
});

/** The cache of outputs in a whole agent process: instances that share it, orders and cancels as messages. */
import { createMemoryBus } from '@tutti/bus';
import { createSubjects, type MessageOf } from '@tutti/contracts';
import { createExchange, type KernelPorts, systemClock, systemIds } from '@tutti/kernel';
import { createMemoryMeter, silentLogger } from '@tutti/telemetry';
import { afterEach, expect, it } from 'vitest';
import { type AgentDefinition, defineAgent, type RunArgs } from '../define.ts';
import { createAgentHost } from './process.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(ends.splice(0).map((end) => end())));

type Outcome = MessageOf<'attempt.outcome'>;

/** Two instances of one agent that works until the test opens its gate. */
async function world(work: (args: RunArgs, call: number) => Promise<unknown>) {
  const meter = createMemoryMeter();
  const bus = createMemoryBus();
  const subjects = createSubjects();
  const ports: KernelPorts = {
    ...{ bus, subjects, clock: systemClock, ids: systemIds, random: { next: () => 0.5 } },
    ...{ log: silentLogger, meter },
  };
  const exchange = createExchange(ports, { identity: 'test' });
  const waiting = new Map<string, (outcome: Outcome) => void>();
  exchange.serve('tutti.out.>', ({ message }) => {
    if (message.type === 'attempt.outcome') waiting.get(message.step)?.(message as Outcome);
  });
  let calls = 0;
  const run = (args: RunArgs): Promise<unknown> => {
    calls += 1;
    return work(args, calls);
  };
  const agents = [defineAgent({ name: 'worker', cache: true, run: run as never }) as AgentDefinition];
  const host = createAgentHost({ ports, agents, instances: 2, process: 'p' });
  await host.start();
  const to = (instance: string) => subjects.of('instance', { role: 'worker', instance });
  const ref = (step: string) => ({ run: 'r', step, attempt: 1, epoch: 1 });
  /** The outcome, whether it comes as the answer or later. */
  const ask = (step: string, instance: string): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      waiting.set(step, resolve);
      const order: MessageOf<'attempt.run'> = {
        ...{ type: 'attempt.run', ...ref(step), shard: 1, role: 'worker', idempotencyKey: `r/${step}` },
        ...{ timeoutMs: 60_000, input: { n: 20 }, base: 3, reads: [], resultPath: `/${step}` },
      };
      exchange
        .ask(to(instance), order, 2_000)
        .then(({ message }) => (message.type === 'attempt.outcome' ? resolve(message as Outcome) : undefined), reject);
    });
  const tell = (step: string, instance: string, type: 'attempt.cancel' | 'attempt.recorded'): void => {
    const more = type === 'attempt.cancel' ? { type, reason: 'a test' } : { type, verdict: 'recorded' as const };
    exchange.send(to(instance), { ...ref(step), ...more } as never);
  };
  ends.push(() => {
    for (const step of waiting.keys()) for (const instance of ['p-1', 'p-2']) tell(step, instance, 'attempt.recorded');
    return host.drain(1_000);
  });
  return { ask, tell, meter, calls: () => calls };
}

/** Resolves when somebody calls its function. */
function signal() {
  let call = (): void => undefined;
  const called = new Promise<void>((resolve) => {
    call = resolve;
  });
  return { call, called };
}

it('gives an instance what another made, and says so in the outcome', async () => {
  const [begun, go] = [signal(), signal()];
  const { ask, tell, calls, meter } = await world(async () => {
    begun.call();
    await go.called;
    return { half: 10 };
  });
  const first = ask('a', 'p-1');
  await begun.called;
  const second = ask('b', 'p-2');
  go.call();
  await first;
  tell('a', 'p-1', 'attempt.recorded');
  const outcomes = await Promise.all([first, second]);
  expect(outcomes.map(({ result }) => result)).toMatchObject([
    { status: 'succeeded', writes: [{ path: '/a/half', value: 10 }] },
    { status: 'succeeded', writes: [{ path: '/b/half', value: 10 }], cached: true },
  ]);
  expect(outcomes[0]?.result).not.toHaveProperty('cached');
  expect((await ask('c', 'p-1')).result).toMatchObject({ status: 'succeeded', cached: true });
  expect(calls()).toBe(1);
  const labels = { cache: 'agent_output' };
  expect([meter.value('cache.hits', labels), meter.value('cache.misses', labels)]).toEqual([2, 1]);
  expect(meter.value('agent.attempts', { role: 'worker', outcome: 'cached' })).toBe(2);
  expect(meter.value('cache.bytes', labels)).toBeGreaterThan(0);
});

it('keeps nothing of a result that nobody wants any more, and holds up nobody for it', async () => {
  const { ask, tell, calls } = await world(async (_, call) => ({ call }));
  await ask('a', 'p-1');
  // It is told, and then given up by its run.
  tell('a', 'p-1', 'attempt.cancel');
  expect((await ask('b', 'p-2')).result).toMatchObject({ status: 'succeeded', writes: [{ value: 2 }] });
  tell('b', 'p-2', 'attempt.recorded');
  expect((await ask('c', 'p-2')).result).toMatchObject({ writes: [{ value: 2 }], cached: true });
  expect(calls()).toBe(2);
});

it('has the second do the work when the first is cancelled, though its function does not heed it', async () => {
  const [begun, go] = [signal(), signal()];
  const { ask, tell, calls } = await world(async (_, call) => {
    begun.call();
    if (call === 1) await go.called;
    return { call };
  });
  const first = ask('a', 'p-1');
  await begun.called;
  const second = ask('b', 'p-2');
  tell('a', 'p-1', 'attempt.cancel');
  expect((await second).result).toMatchObject({ status: 'succeeded', writes: [{ value: 2 }] });
  go.call();
  await first;
  tell('b', 'p-2', 'attempt.recorded');
  expect((await ask('c', 'p-2')).result).toMatchObject({ writes: [{ value: 2 }], cached: true });
  expect(calls()).toBe(2);
});

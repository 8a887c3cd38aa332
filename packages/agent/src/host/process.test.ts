import { createMemoryBus } from '@tutti/bus';
import { type AnyMessage, type Body, createSubjects, type MessageOf } from '@tutti/contracts';
import { createExchange, type Exchange, type KernelPorts, systemClock, systemIds } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AgentDefinition, defineAgent, type RunArgs } from '../define.ts';
import type { AgentOptionsInput } from '../options.ts';
import { type AgentHost, createAgentHost } from './process.ts';

// Timers are driven by the test; setImmediate and microtasks, on which the bus delivers, stay real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const ref = { run: 'r', step: 's', attempt: 1, epoch: 5 };
const order: MessageOf<'attempt.run'> = {
  type: 'attempt.run',
  ...ref,
  shard: 1,
  role: 'worker',
  idempotencyKey: 'r/s',
  timeoutMs: 60_000,
  input: { n: 20 },
  base: 3,
  reads: [],
  resultPath: '/worker',
};

type Beat = Body<'agent.beat'>;

/** A cluster as an agent process sees it: it hears what is sent, and can wait for it. */
function world(
  run: (args: RunArgs) => unknown,
  options: AgentOptionsInput = {},
  instances = 1,
  load?: () => NonNullable<Beat['load']>,
) {
  const bus = createMemoryBus();
  const subjects = createSubjects();
  const ports: KernelPorts = {
    bus,
    subjects,
    clock: systemClock,
    ids: systemIds,
    random: { next: () => 0.5 },
    log: silentLogger,
    meter: noopMeter,
  };
  const exchange: Exchange = createExchange(ports, { identity: 'test' });
  const beats: Beat[] = [];
  const outcomes: MessageOf<'attempt.outcome'>[] = [];
  exchange.serve('tutti.hb.agent.*', ({ message }) => {
    beats.push(message as unknown as Beat);
  });
  exchange.serve('tutti.out.>', ({ message }) => {
    outcomes.push(message as MessageOf<'attempt.outcome'>);
  });
  /** Lets the test's time pass, in steps of 5 ms, until the condition holds; real time plays no part. */
  const until = async (holds: () => boolean): Promise<void> => {
    for (let ms = 0; !holds() && ms < 120_000; ms += 5) {
      await vi.advanceTimersByTimeAsync(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(holds()).toBe(true);
  };
  const agents = [defineAgent({ name: 'worker', run: run as never }) as AgentDefinition];
  const host: AgentHost = createAgentHost({ ports, agents, instances, process: 'p', options, load });
  const send = (message: Parameters<Exchange['send']>[1], instance = 'p-1') =>
    exchange.send(subjects.of('instance', { role: 'worker', instance }), message);
  /** The answer to an order: its outcome if the work is short, else its acceptance, a moment later. */
  const ask = async (message: MessageOf<'attempt.run'>, instance = 'p-1') => {
    const answers: AnyMessage[] = [];
    const asked = exchange.ask(subjects.of('instance', { role: 'worker', instance }), message, 2_000);
    void asked.then((answer) => answers.push(answer.message));
    await until(() => answers.length > 0);
    return answers[0];
  };
  const states = () => beats.at(-1)?.instances.map(({ instance, state }) => `${instance} ${state}`);
  return { host, exchange, subjects, beats, outcomes, until, send, ask, states };
}

const recorded = { type: 'attempt.recorded' as const, ...ref, verdict: 'recorded' as const };

describe('an agent process', () => {
  it('registers with its first beat and beats on about once a second', async () => {
    const { host, beats, until, states } = world(() => 1, {}, 2);
    await host.start();
    await until(() => beats.length === 1);
    expect(states()).toEqual(['p-1 idle', 'p-2 idle']);
    const from = Date.now();
    await until(() => beats.length === 4);
    expect(Date.now() - from).toBeGreaterThanOrEqual(2_900);
    expect(beats.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('says with each beat what it takes of its machine, where somebody looks, and nothing where nobody does', async () => {
    const shares = [0.25, 0.5];
    const { host, beats, until } = world(
      () => 1,
      {},
      1,
      () => ({ cpu: shares.shift() ?? 0, memory: 0.5 }),
    );
    await host.start();
    await until(() => beats.length === 2);
    expect(beats.map(({ load }) => load)).toEqual([
      { cpu: 0.25, memory: 0.5 },
      { cpu: 0.5, memory: 0.5 },
    ]);
    const other = world(() => 1);
    await other.host.start();
    await other.until(() => other.beats.length === 1);
    expect(other.beats[0]).not.toHaveProperty('load');
  });

  it('accepts work, tells the outcome until it is recorded, and is free again', async () => {
    const { host, ask, send, outcomes, until, states } = world(async ({ input }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { half: Number(input['n']) / 2 };
    });
    await host.start();
    expect(await ask(order)).toEqual({ type: 'attempt.accepted', ...ref, instance: 'p-1' });
    await until(() => outcomes.length === 3);
    expect(outcomes[2]).toEqual(outcomes[0]);
    expect(outcomes[0]).toMatchObject({
      ...ref,
      role: 'worker',
      base: 3,
      result: { status: 'succeeded', writes: [{ op: 'set', path: '/worker/half', value: 10 }] },
    });
    await until(() => states()?.[0] === 'p-1 reporting');
    send(recorded);
    await until(() => states()?.[0] === 'p-1 idle');
    const told = outcomes.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(outcomes.length).toBe(told);
  });

  it('stops work that no supervisor says to hear of, and goes on with what one does', async () => {
    const forEver = ({ signal }: RunArgs) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { host, ask, beats, exchange, subjects, outcomes, until } = world(forEver, {}, 2);
    await host.start();
    const other = { ...order, step: 'other' };
    await ask({ ...order, aloneMs: 3_000 });
    await ask({ ...other, aloneMs: 3_000 }, 'p-2');
    const answer = (): void => {
      const { process, startedAtMs, seq } = beats.at(-1) as Beat;
      const attempts = [{ ...ref, step: 'other' }];
      exchange.send(subjects.of('heard', { process }), { type: 'agent.heard', process, startedAtMs, seq, attempts });
    };
    const from = Date.now();
    await until(() => {
      answer();
      return outcomes.length > 0;
    });
    expect(Date.now() - from).toBeGreaterThanOrEqual(2_900);
    expect(outcomes[0]).toMatchObject({ step: 's', result: { status: 'failed', error: { code: 'agent_lost' } } });
    expect(outcomes.some(({ step }) => step === 'other')).toBe(false);
  });

  it('does not begin what was under way to it while it stood still', async () => {
    const { host, exchange, subjects, until } = world(() => 1);
    await host.start();
    const to = subjects.of('instance', { role: 'worker', instance: 'p-1' });
    // The clock has gone on, and no timer has run yet: as after a freeze.
    vi.setSystemTime(Date.now() + 5_000);
    const stood = performance.now() + 5_000;
    vi.spyOn(performance, 'now').mockImplementation(() => stood);
    const answers: AnyMessage[] = [];
    void exchange.ask(to, { ...order, aloneMs: 3_000 }, 2_000).then(({ message }) => answers.push(message));
    for (let turn = 0; answers.length === 0 && turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toMatchObject([{ type: 'attempt.refused', reason: 'out_of_touch' }]);
    vi.restoreAllMocks();
    await until(() => true);
  });

  it('answers an order with its outcome when the work is done at once, and tells it again until it is recorded', async () => {
    const { host, ask, send, outcomes, until, states } = world(({ input }) => ({ half: Number(input['n']) / 2 }));
    await host.start();
    const answer = await ask(order);
    expect(answer).toMatchObject({ type: 'attempt.outcome', ...ref, instance: 'p-1', result: { status: 'succeeded' } });
    expect(outcomes).toEqual([]);
    await until(() => outcomes.length === 2);
    expect(outcomes[1]).toEqual(answer);
    send(recorded);
    await until(() => states()?.[0] === 'p-1 idle');
  });

  it('reads the context at the base version of the attempt, and again when nobody answers yet', async () => {
    const { host, ask, exchange, subjects, outcomes, until } = world(({ context }) => context.read('/pm/plan'));
    await host.start();
    await ask(order);
    await vi.advanceTimersByTimeAsync(150);
    const asked: unknown[] = [];
    exchange.serve(subjects.of('context', { shard: 1, run: 'r' }), ({ message, reply }) => {
      asked.push(message);
      reply?.({ type: 'context.snapshot', run: 'r', version: 3, values: { '/pm/plan': 'the plan' } });
    });
    await until(() => outcomes.length > 0);
    expect(asked).toEqual([{ type: 'context.read', run: 'r', paths: ['/pm/plan'], version: 3 }]);
    expect(outcomes[0]?.result).toMatchObject({ writes: [{ path: '/worker/result', value: 'the plan' }] });
  });

  it('aborts an attempt that is cancelled and tells only that it has stopped', async () => {
    const { host, ask, send, outcomes, until, states } = world(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await host.start();
    await ask(order);
    await until(() => states()?.[0] === 'p-1 running');
    send({ type: 'attempt.cancel', ...ref, reason: 'not wanted' });
    await until(() => states()?.[0] === 'p-1 idle');
    expect(outcomes).toMatchObject([{ ...ref, result: { error: { code: 'agent_cancelled' } } }]);
    expect(await ask(order)).toMatchObject({ type: 'attempt.refused', reason: 'stale_epoch' });
  });

  it('stops each of two instances that have begun one attempt, also the one that began it first', async () => {
    const { host, ask, send, until, states } = world(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      {},
      2,
    );
    await host.start();
    await ask(order, 'p-1');
    await ask(order, 'p-2');
    for (const [instance, left] of [
      ['p-2', ['p-1 running', 'p-2 idle']],
      ['p-1', ['p-1 idle', 'p-2 idle']],
    ] as const) {
      send({ type: 'attempt.cancel', ...ref, reason: 'not wanted' }, instance);
      await until(() => JSON.stringify(states()) === JSON.stringify(left));
    }
  });

  it('reports a function that hangs as timed out and puts a fresh instance in its place', async () => {
    let release = (): void => {};
    const { host, ask, send, outcomes, until, states } = world(
      () =>
        new Promise<void>((done) => {
          release = done;
        }),
    );
    await host.start();
    await ask({ ...order, timeoutMs: 1_000 });
    await until(() => outcomes.length > 0);
    expect(outcomes[0]?.result).toMatchObject({ status: 'failed', error: { code: 'agent_timeout' } });
    send(recorded);
    await until(() => states()?.join() === 'p-1 draining,p-2 idle');
    release();
    await until(() => states()?.join() === 'p-2 idle');
    expect(await ask({ ...order, epoch: 6 }, 'p-2')).toMatchObject({ type: 'attempt.accepted' });
  });

  it('replaces no more hanging functions than it may', async () => {
    const { host, ask, send, outcomes, until, states } = world(() => new Promise<void>(() => {}), { maxHanging: 0 });
    await host.start();
    await ask({ ...order, timeoutMs: 1_000 });
    await until(() => outcomes.length > 0);
    send(recorded);
    await until(() => states()?.join() === 'p-1 draining');
  });
});

describe('a process that drains', () => {
  it('refuses new work, waits for what runs and for its record, then says that it left', async () => {
    let finish = (): void => {};
    const { host, ask, send, beats, outcomes, until, states } = world(
      () =>
        new Promise<void>((done) => {
          finish = done;
        }),
      {},
      2,
    );
    await host.start();
    await ask(order);
    const drained = host.drain(60_000);
    await until(() => states()?.[1] === 'p-2 draining');
    expect(await ask({ ...order, step: 'other' }, 'p-2')).toMatchObject({
      type: 'attempt.refused',
      reason: 'draining',
    });
    finish();
    await until(() => outcomes.length > 0);
    expect(beats.at(-1)?.left).toBe(false);
    send(recorded);
    await until(() => beats.at(-1)?.left === true);
    await drained;
  });

  it('stops what runs when the time is over, and reports it as lost so that others do it', async () => {
    const { host, ask, send, beats, outcomes, until } = world(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await host.start();
    await ask(order);
    const drained = host.drain(1_000);
    await until(() => outcomes.length > 0);
    expect(outcomes[0]?.result).toMatchObject({ error: { code: 'agent_lost', retryable: true } });
    send(recorded);
    await until(() => beats.at(-1)?.left === true);
    await drained;
  });

  it('leaves in the end even when a function hangs and nobody records anything', async () => {
    const { host, ask, beats, until } = world(() => new Promise<void>(() => {}));
    await host.start();
    await ask(order);
    const drained = host.drain(1_000);
    await until(() => beats.at(-1)?.left === true);
    await drained;
  });
});

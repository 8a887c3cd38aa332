import type { AnyMessage, Body } from '@tutti/contracts';
import { createSubjects, TuttiError } from '@tutti/contracts';
import { type Actor, createStepper, type Exchange, type KernelPorts, type TimerHandle } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import { createDispatcher, DEFAULT_DISPATCHER_OPTIONS } from './dispatcher.ts';
import { Registry } from './registry.ts';
import { Snapshots } from './snapshots.ts';

const definition = workflow('w', (w) => void w.step('a'));

const beat = (seq: number): Body<'agent.beat'> => ({
  process: 'p',
  host: 'h',
  pid: 1,
  seq,
  startedAtMs: 0,
  version: '0',
  left: false,
  instances: [{ role: 'a', instance: 'p-1', state: 'idle' }],
});

/** A dispatcher over a bus on which no instance answers; the test moves the time. */
function world() {
  const timers: { readonly at: number; readonly run: () => void; done: boolean }[] = [];
  let now = 0;
  const after = (ms: number, run: () => void): TimerHandle => {
    const timer = { at: now + ms, run, done: false };
    timers.push(timer);
    return {
      cancel: () => {
        timer.done = true;
      },
    };
  };
  const sent: AnyMessage[] = [];
  const told: string[] = [];
  const exchange: Exchange = {
    identity: 'n',
    send: (_, message) => void sent.push(message),
    call: (_to, _message, _ms, done) =>
      void Promise.resolve().then(() => done(new TuttiError('request_timeout', 'no answer'))),
    ask: async () => Promise.reject(new TuttiError('request_timeout', 'no answer')),
    serve: () => ({ subject: '', drain: async () => undefined, unsubscribe: () => undefined }),
  };
  const ports = {
    clock: { now: () => now, monotonic: () => now, after, soon: (run: () => void) => run() },
    random: { next: () => 0 },
    ids: { next: () => 'i' },
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
  } as unknown as KernelPorts;
  const registry = new Registry();
  registry.beat(beat(1), 0);
  const stepper = createStepper(createRunMachine());
  const start = { type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {}, at: 0 };
  const { snapshot } = stepper.step(stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' }).snapshot, start);
  const actor = {
    snapshot,
    receive: (event: { type: string; reason?: string }) => told.push(`${event.type} ${event.reason}`),
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const advance = async (ms: number) => {
    now += ms;
    for (const timer of timers.filter((t) => !t.done && t.at <= now)) {
      timer.done = true;
      timer.run();
    }
    await settle();
  };
  const dispatcher = createDispatcher(ports, exchange, registry, new Snapshots());
  const place = async () => {
    dispatcher.place(actor as unknown as Actor, { step: 'a', attempt: 1, epoch: 5 });
    await settle();
  };
  return { dispatcher, registry, place, advance, sent, told };
}

describe('the dispatcher', () => {
  it('gives an attempt back in time although beats keep saying that the instance which does not answer is free', async () => {
    const { dispatcher, registry, place, advance, told } = world();
    await place();
    for (let second = 1; second * 1_000 <= DEFAULT_DISPATCHER_OPTIONS.placeWaitMs; second++) {
      expect(told).toEqual([]);
      await advance(1_000);
      registry.beat(beat(second + 1), second * 1_000);
      if (second < 3) dispatcher.freed('a');
    }
    expect(told).toEqual(['attempt.unplaced busy']);
  });

  it('stops asking an instance that never answers, and tells it that the attempt is not wanted there', async () => {
    const { dispatcher, registry, place, advance, sent, told } = world();
    await place();
    for (let n = 2; told.length === 0 && n < 20; n++) {
      registry.beat(beat(n), n);
      dispatcher.freed('a');
      await advance(1);
    }
    expect(told).toEqual(['attempt.unplaced no_answer']);
    expect(sent.every(({ type }) => type === 'attempt.cancel')).toBe(true);
    expect(sent).toHaveLength(5);
  });
});

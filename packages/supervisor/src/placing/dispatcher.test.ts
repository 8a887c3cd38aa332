import type { AnyMessage, Body, WorkflowDefinition } from '@tutti/contracts';
import { createSubjects, keepMsOf, TuttiError } from '@tutti/contracts';
import {
  type Actor,
  createStepper,
  type Exchange,
  type Incoming,
  type KernelPorts,
  type TimerHandle,
} from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { createRunMachine } from '../machine.ts';
import { stepIn } from '../run/graph.ts';
import type { RunContext } from '../run/model.ts';
import { createDispatcher, DEFAULT_DISPATCHER_OPTIONS } from './dispatcher.ts';
import { BELIEVE_BEATS_AFTER_MS, Registry } from './registry.ts';
import { Snapshots } from './snapshots.ts';

const one = workflow('w', (w) => void w.step('a'));

type State = Body<'agent.beat'>['instances'][number]['state'];
const beat = (seq: number, state: State = 'idle'): Body<'agent.beat'> => ({
  process: 'p',
  host: 'h',
  pid: 1,
  seq,
  startedAtMs: 0,
  version: '0',
  left: false,
  instances: [{ role: 'a', instance: 'p-1', state }],
});

const incoming = (message: AnyMessage): Incoming => ({ subject: '', from: 'p-1', message });

/** A clock that goes on when it is told to. */
function clockOfTests() {
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
  const pass = (ms: number): void => {
    now += ms;
    for (const timer of timers.filter((t) => !t.done && t.at <= now)) {
      timer.done = true;
      timer.run();
    }
  };
  return { clock: { now: () => now, monotonic: () => now, after, soon: (run: () => void) => run() }, pass };
}

/** A bus on which no instance answers, or each says this, after a while that the test names. */
function wireOfTests(answer: AnyMessage | undefined, pass: (ms: number) => void) {
  const sent: AnyMessage[] = [];
  const asked: string[] = [];
  const silence = { error: new TuttiError('request_timeout', 'no answer') };
  const delay = { ms: 0 };
  const refusal = { error: new TuttiError('request_timeout', 'no answer') };
  const exchange: Exchange = {
    identity: 'n',
    send: (_, message) => void sent.push(message),
    call: (_to, message, _ms, done) => {
      asked.push(message.type);
      const said = answer === undefined ? silence.error : incoming(answer);
      void Promise.resolve().then(() => {
        pass(delay.ms);
        done(said);
      });
    },
    ask: async () => Promise.reject(refusal.error),
    serve: () => ({ subject: '', drain: async () => undefined, unsubscribe: () => undefined }),
  };
  return { exchange, sent, asked, silence, refusal, delay };
}

/** A dispatcher over a bus on which no instance answers, or each says this; the test moves the time. */
function world(definition: WorkflowDefinition = one, answer?: AnyMessage, aloneMs = 0) {
  const { clock, pass } = clockOfTests();
  const told: string[] = [];
  const events: object[] = [];
  const wire = wireOfTests(answer, pass);
  const ports = {
    clock,
    random: { next: () => 0 },
    ids: { next: () => 'i' },
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
  } as unknown as KernelPorts;
  const registry = new Registry();
  registry.beat(beat(1), 0);
  const stepper = createStepper(createRunMachine());
  const start = { type: 'workflow.start', run: 'r', definition, plan: planWorkflow(one), inputs: {}, at: 0 };
  const started = stepper.step(
    stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' }).snapshot,
    start,
  ).snapshot;
  const stepOf = (of: { context: unknown }) => stepIn(of.context as RunContext, 'a');
  const granted = { type: 'resource.granted', pool: 'default', granted: [stepOf(started)?.lease], leaseMs: 1, at: 0 };
  const { snapshot } = stepper.step(started, granted as never);
  const actor = {
    snapshot,
    ended: false,
    stoppedBy: undefined as string | undefined,
    receive: (event: { type: string; reason?: string; error?: { code: string } }) => {
      events.push(event);
      told.push(`${event.type} ${event.reason ?? event.error?.code ?? ''}`.trim());
    },
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const advance = async (ms: number) => {
    pass(ms);
    await settle();
  };
  const dispatcher = createDispatcher(ports, wire.exchange, registry, new Snapshots(), {
    ...DEFAULT_DISPATCHER_OPTIONS,
    aloneMs,
  });
  const place = async () => {
    dispatcher.place(actor as unknown as Actor, { step: 'a', attempt: 1, epoch: stepOf(snapshot)?.epoch ?? 0 });
    await settle();
  };
  const asActor = actor as unknown as Actor;
  const stopped = (of: typeof snapshot) =>
    stepper.step(of, { type: 'run.cancel', run: 'r', reason: 'r', at: 1 } as never).snapshot;
  return { ...wire, dispatcher, registry, place, advance, told, actor, asActor, events, stopped };
}

describe('the dispatcher', () => {
  it('gives an attempt up that an instance does not answer: nobody else gets it under the same lease', async () => {
    const { dispatcher, registry, place, asked, sent, events } = world(one, undefined, 20_000);
    registry.beat({ ...beat(1), process: 'q', instances: [{ role: 'a', instance: 'q-1', state: 'idle' }] }, 0);
    await place();
    dispatcher.freed('a');
    expect(asked).toEqual(['attempt.run']);
    expect(sent).toMatchObject([{ type: 'attempt.cancel', step: 'a' }]);
    // It may have begun, and go on for as long as it may be alone.
    expect(events).toMatchObject([{ type: 'attempt.unplaced', reason: 'no_answer', keepMs: keepMsOf(20_000) }]);
  });

  it.each([
    [
      'answers late',
      { type: 'attempt.refused', step: 'a', run: 'r', attempt: 1, epoch: 1, instance: 'p-1', reason: 'busy' },
    ],
    ['does not answer', undefined],
  ])('a process that %s ranks behind from then on', async (_, answer) => {
    const { registry, place, delay } = world(one, answer as AnyMessage | undefined);
    delay.ms = 1_200;
    await place();
    registry.beat(beat(2), 1_200);
    registry.beat({ ...beat(1), process: 'q', instances: [{ role: 'a', instance: 'q-1', state: 'idle' }] }, 1_200);
    expect(registry.pick('a', 0, 1_200)).toBe('q-1');
  });

  it('does not ask an instance that said nothing before its beats had the time to tell what it runs', async () => {
    const { registry, place } = world(one, undefined, 20_000);
    await place();
    registry.beat(beat(2), 1_000);
    expect(registry.pick('a', 0, 0)).toBeUndefined();
    expect(registry.beat(beat(3), BELIEVE_BEATS_AFTER_MS + 1)).toMatchObject({ lost: [{ ref: { step: 'a' } }] });
    expect(registry.pick('a', 0, 0)).toBe('p-1');
  });

  it('gives an attempt back as one for which every instance is busy when that is so', async () => {
    const { registry, place, advance, told } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    await advance(DEFAULT_DISPATCHER_OPTIONS.placeWaitMs);
    expect(told).toEqual(['attempt.unplaced busy']);
  });

  it('stops asking when nobody serves the instances that beats name', async () => {
    const { dispatcher, registry, place, advance, sent, told, asked, silence } = world();
    silence.error = new TuttiError('no_responders', 'nobody serves it');
    await place();
    for (let n = 2; told.length === 0 && n < 20; n++) {
      registry.beat(beat(n), n);
      dispatcher.freed('a');
      await advance(1);
    }
    expect(told).toEqual(['attempt.unplaced no_answer']);
    expect(asked).toHaveLength(5);
    // It reached nobody, so nothing has to be stopped.
    expect(sent).toEqual([]);
  });

  it('says that nobody has an attempt which its run no longer wants placed', async () => {
    const { dispatcher, registry, place, told, actor, stopped } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    actor.snapshot = stopped(actor.snapshot);
    registry.beat(beat(3), 100);
    dispatcher.freed('a');
    expect(told).toEqual(['attempt.unplaced busy']);
  });

  it('hands out nothing for a run that has left this node while its attempt waited', async () => {
    const { dispatcher, registry, place, asked, actor } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    actor.stoppedBy = 'released';
    registry.beat(beat(3), 100);
    dispatcher.freed('a');
    expect(asked).toEqual([]);
    expect(registry.pick('a', 0, 0)).toBe('p-1');
  });

  it('hands out nothing for a step that no longer waits for it, and lets the next in line have the instance', async () => {
    const { dispatcher, registry, place, asked, actor } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    const placing = actor.snapshot;
    actor.snapshot = { ...placing, context: { ...placing.context, steps: [] } } as never;
    await place();
    dispatcher.freed('a');
    expect(asked).toEqual([]);
    actor.snapshot = placing;
    await place();
    registry.beat(beat(3), 100);
    dispatcher.freed('a');
    expect(asked).toEqual(['attempt.run']);
  });

  it('gives a step up at once that an instance knows a newer attempt of, and has that instance for others', async () => {
    const ref = { run: 'r', step: 'a', attempt: 1, epoch: 1 };
    const stale = { type: 'attempt.refused', ...ref, instance: 'p-1', reason: 'stale_epoch' } as const;
    const { place, told, asked, registry } = world(one, stale);
    registry.beat(beat(1), 0);
    await place();
    expect([asked, told]).toEqual([['attempt.run'], ['attempt.unplaced no_answer']]);
    expect(registry.pick('a', 0, 0, new Set())).toBe('p-1');
  });

  it('tells a run once that an instance is there, however often the run says that it waits for one', async () => {
    const { dispatcher, told, asActor } = world();
    for (let i = 0; i < 3; i++) dispatcher.await(asActor, { role: 'a' });
    dispatcher.freed('other');
    expect(told).toEqual([]);
    dispatcher.freed('a');
    dispatcher.freed('a');
    expect(told).toEqual(['instance.available']);
  });
});

describe('a role whose last instance has gone', () => {
  const left = (seq: number) => ({ ...beat(seq), left: true, instances: [] });

  it('is told at once to whoever waits for one that is free', async () => {
    const { place, dispatcher, told, registry } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    dispatcher.gone();
    expect(told).toEqual([]);
    registry.beat(left(3), 10);
    dispatcher.gone();
    expect(told).toEqual(['attempt.unplaced no_agent']);
  });

  it('has each run look again that has not heard of it, whoever else has, until there is an instance again', async () => {
    const { dispatcher, told, registry, asActor } = world();
    const others: string[] = [];
    const other = { ...asActor, receive: ({ type }: { type: string }) => void others.push(type) } as unknown as Actor;
    dispatcher.await(asActor, { role: 'a' });
    dispatcher.gone();
    expect(told).toEqual([]);
    registry.beat(left(2), 10);
    for (let i = 0; i < 3; i++) {
      dispatcher.gone();
      dispatcher.await(asActor, { role: 'a', hasHeard: true });
    }
    expect(told).toEqual(['instance.available']);
    dispatcher.await(other, { role: 'a' });
    dispatcher.gone();
    expect([told.length, others]).toEqual([1, ['instance.available']]);
    // It comes back and works: nobody is freed, and it is gone once more.
    registry.beat({ ...beat(1, 'running'), startedAtMs: 20 }, 20);
    dispatcher.await(other, { role: 'a' });
    dispatcher.gone();
    registry.beat({ ...left(2), startedAtMs: 20 }, 30);
    dispatcher.gone();
    expect([told.length, others.length]).toEqual([1, 2]);
    dispatcher.freed('a');
    expect([told.length, others.length]).toEqual([2, 2]);
  });

  it('sends nobody round twice who is given up and waits again at once', async () => {
    const { place, dispatcher, told, registry, actor, asActor } = world();
    registry.beat(beat(2, 'running'), 0);
    await place();
    const { receive } = actor;
    actor.receive = (event) => {
      receive(event);
      if (event.type === 'attempt.unplaced') dispatcher.await(asActor, { role: 'a', hasHeard: true });
    };
    registry.beat(left(3), 10);
    for (let i = 0; i < 3; i++) dispatcher.gone();
    expect(told).toEqual(['attempt.unplaced no_agent']);
  });
});

describe('a step whose input cannot be read', () => {
  const inputs = [{ path: '/b/x', from: 'b', key: 'x' }];
  const reading = { ...one, steps: one.steps.map((step) => ({ ...step, inputs })) } as unknown as WorkflowDefinition;

  it.each([
    ['request_timeout', 'attempt.unplaced no_answer'],
    ['unknown_run', 'attempt.unplaced no_answer'],
    ['body_too_large', 'attempt.failed body_too_large'],
  ] as const)('hears after %s: %s', async (code, heard) => {
    const { place, told, refusal } = world(reading);
    refusal.error = new TuttiError(code, 'no');
    await place();
    expect(told).toEqual([heard]);
  });
});

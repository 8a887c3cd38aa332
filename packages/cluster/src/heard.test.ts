import { type AnyMessage, type AttemptRef, type Body, createSubjects, keepMsOf } from '@tutti/contracts';
import type { Actor, ActorHost, CustomContext, Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { createPlacing } from './placing.ts';

type Beat = Body<'agent.beat'>;

const ALONE_MS = 20_000;
const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };
const home = { seat: 'here', pid: 7 };
const running = { status: 'running', epoch: 5, held: true, instance: 'p-1', home };

/** A node that owns one run with one step; the test sends beats, moves the time, and says whether a process is seen to be dead. */
function world(step: object = running, { isDead = false, aloneMs = ALONE_MS } = {}) {
  const sent: AnyMessage[] = [];
  const told: AnyMessage[] = [];
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  let hear: (incoming: Incoming) => void = () => undefined;
  const exchange = {
    identity: 'n',
    send: (_: string, message: AnyMessage) => void sent.push(message),
    serve: (_: string, handler: typeof hear) => {
      hear = handler;
      return { subject: '', drain: async () => undefined, unsubscribe: () => undefined };
    },
  } as unknown as Exchange;
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.push(timer);
    const cancel = (): void => {
      timers = timers.filter((other) => other !== timer);
    };
    return { cancel };
  };
  const clock = { now: () => now, monotonic: () => now, after, soon: (run: () => void) => run() };
  const ports = {
    ...{ bus: { onStatus: () => () => undefined }, clock, log: silentLogger, meter: noopMeter },
    subjects: createSubjects(),
  } as unknown as KernelPorts;
  const definition = { steps: [{ id: 's', agent: 'a', waitsFor: [] }], groups: [] };
  const actor = {
    id: 'r',
    snapshot: { context: { run: 'r', steps: [step], definition } },
    stoppedBy: undefined as string | undefined,
    busy: false,
    receive: (event: AnyMessage) => void told.push(event),
  };
  const host = { get: (run: string) => (run === 'r' ? (actor as unknown as Actor) : undefined) } as ActorHost;
  const options = { aloneMs, isDead: () => isDead, workflows: () => host, publish: () => undefined };
  const placing = createPlacing(ports, exchange, options);
  let seq = 0;
  const beat = (more: Partial<Beat> = {}): readonly AnyMessage[] => {
    sent.length = 0;
    const instances = [{ role: 'a', instance: 'p-1', state: 'running' as const, attempt: ref }];
    const process = { process: 'p', host: 'h', pid: 7, home, startedAtMs: 3, version: '0', left: false, instances };
    hear({ message: { type: 'agent.beat', ...process, seq: ++seq, ...more } } as Incoming);
    return [...sent];
  };
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 100) {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    }
  };
  const survey = (): void => placing.custom('survey', {}, { actor } as unknown as CustomContext);
  return { actor, beat, pass, survey, told };
}

describe('a beat', () => {
  it('is answered with what its runs count on, twice a second at the most', () => {
    const { beat, pass } = world();
    pass(1_000);
    const heard = { type: 'agent.heard', process: 'p', startedAtMs: 3, attempts: [ref] };
    expect(beat()).toEqual([{ ...heard, seq: 1 }]);
    expect(beat()).toEqual([]);
    pass(600);
    expect(beat()).toEqual([{ ...heard, seq: 3 }]);
  });

  it('is not answered for what nobody waits for, nor by an owner that has let go, nor where nobody is ever alone', () => {
    const later = { ...running, epoch: 6 };
    const given = world();
    given.actor.stoppedBy = 'fenced';
    for (const { beat, pass } of [world(later), given, world(running, { aloneMs: 0 })]) {
      pass(1_000);
      expect(beat().filter(({ type }) => type === 'agent.heard')).toEqual([]);
    }
  });
});

describe('a process that misses its beats', () => {
  it('may work on for as long as it may be alone since it was heard last', () => {
    const { beat, pass, told } = world();
    beat();
    pass(6_000);
    const lost = told.find(({ type }) => type === 'attempt.lost') as { keepMs?: number } | undefined;
    expect(lost).toMatchObject(ref);
    expect(lost?.keepMs).toBeLessThanOrEqual(keepMsOf(ALONE_MS) - 3_600);
    expect(lost?.keepMs).toBeGreaterThan(keepMsOf(ALONE_MS) - 4_500);
  });

  it('may have left its attempt behind to another of its name, and is asked for by what is heard of it', () => {
    const { beat, pass, told } = world();
    beat();
    beat({ startedAtMs: 4, instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    expect(told.filter(({ type }) => type === 'attempt.lost')).toMatchObject([{ ...ref, keepMs: keepMsOf(ALONE_MS) }]);
    for (let second = 0; second < 5; second += 1) {
      pass(1_000);
      beat({ startedAtMs: 4, instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    }
    const lost = told.filter(({ type }) => type === 'attempt.lost');
    expect(lost).toHaveLength(2);
    expect(lost[1]).not.toHaveProperty('keepMs');
  });

  it('has nothing left when it is heard of again and names nothing', () => {
    const { beat, pass, told } = world();
    beat();
    pass(6_000);
    const idle = [{ role: 'a', instance: 'p-1', state: 'idle' as const }];
    beat({ instances: idle });
    expect(told.filter(({ type }) => type === 'attempt.lost')).toHaveLength(1);
    for (let second = 0; second < 5; second += 1) {
      pass(1_000);
      beat({ instances: idle });
    }
    const lost = told.filter(({ type }) => type === 'attempt.lost');
    expect(lost).toHaveLength(2);
    expect(lost[1]).not.toHaveProperty('keepMs');
  });

  it('does not when it is seen to be dead, or has said that it leaves', () => {
    const dead = world(running, { isDead: true });
    dead.beat();
    dead.pass(6_000);
    const left = world();
    left.beat();
    left.beat({ left: true });
    for (const { told } of [dead, left]) {
      const lost = told.filter(({ type }) => type === 'attempt.lost');
      expect(lost).toMatchObject([ref]);
      expect(lost[0]).not.toHaveProperty('keepMs');
    }
  });
});

describe('a survey', () => {
  const unheard = ({ told }: ReturnType<typeof world>) => told.find(({ type }) => type === 'attempt.surveyed');

  it('names the steps whose instances were not heard of', () => {
    const silent = world();
    silent.survey();
    silent.pass(3_000);
    expect(unheard(silent)).toMatchObject({ found: [], unheard: [{ step: 's', keepMs: keepMsOf(ALONE_MS) }] });
    const placing = world({ status: 'placing', epoch: 5, held: true });
    placing.survey();
    placing.pass(3_000);
    expect(unheard(placing)).toMatchObject({ unheard: [{ step: 's' }] });
  });

  it('names a step that began after its instance was heard last', () => {
    const silent = world({ ...running, startedAtMs: 1_800 });
    silent.beat({ instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    silent.survey();
    silent.pass(3_000);
    expect(unheard(silent)).toMatchObject({ found: [], unheard: [{ step: 's' }] });
  });

  it('does not name those whose processes are heard, or seen to be dead', () => {
    const idle = world();
    idle.pass(2_000);
    idle.beat({ instances: [{ role: 'a', instance: 'p-1', state: 'idle' }] });
    idle.survey();
    idle.pass(600);
    const dead = world(running, { isDead: true });
    dead.survey();
    dead.pass(3_000);
    for (const each of [idle, dead]) expect(unheard(each)).toMatchObject({ found: [], unheard: [] });
  });
});

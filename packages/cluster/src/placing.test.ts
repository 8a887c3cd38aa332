import { agentOptions } from '@tutti/agent';
import { type AnyMessage, type AttemptRef, type Body, createSubjects } from '@tutti/contracts';
import type { Actor, ActorHost, Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { STOP_GRACE_MS, TIMEOUT_GRACE_MS } from '@tutti/supervisor';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { createPlacing } from './placing.ts';

type Row = Body<'agent.beat'>['instances'][number];

const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };

/** A node that hosts one run, whose step is as given; the test sends it beats. */
function world(step: object) {
  const sent: AnyMessage[] = [];
  let hear: (incoming: Incoming) => void = () => undefined;
  const exchange = {
    identity: 'n',
    send: (_: string, message: AnyMessage) => void sent.push(message),
    serve: (_: string, handler: typeof hear) => {
      hear = handler;
      return { subject: '', drain: async () => undefined, unsubscribe: () => undefined };
    },
  } as unknown as Exchange;
  const timer = { cancel: () => undefined };
  const clock = { now: () => 0, monotonic: () => 0, after: () => timer, soon: (run: () => void) => run() };
  const bus = { onStatus: () => () => undefined };
  const ports = {
    bus,
    clock,
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
  } as unknown as KernelPorts;
  const actor = {
    snapshot: { context: { steps: [step], definition: { steps: [{ id: 's', waitsFor: [] }], groups: [] } } },
    stoppedBy: undefined as string | undefined,
    busy: false,
    receive: () => undefined,
  };
  const host = { get: (run: string) => (run === 'r' ? (actor as unknown as Actor) : undefined) } as ActorHost;
  createPlacing(ports, exchange, { aloneMs: 0, isDead: () => false, workflows: () => host, publish: () => undefined });
  let seq = 0;
  const beat = (row: Partial<Row>): AnyMessage[] => {
    sent.length = 0;
    const instances: Row[] = [{ role: 'a', instance: 'i', state: 'running', attempt: ref, ...row }];
    const process = { process: 'p', host: 'h', pid: 1, startedAtMs: 0, version: '0', left: false };
    const message: AnyMessage = { type: 'agent.beat', ...process, seq: ++seq, instances };
    hear({ message } as Incoming);
    return [...sent];
  };
  return { beat, actor };
}

describe('an attempt that a beat shows to run', () => {
  const stopping = { status: 'cancelled', epoch: 5, held: true, instance: 'i' };
  const cancel = { type: 'attempt.cancel', ...ref };

  it('is told again to stop while nobody waits for it, for its cancel may be lost', () => {
    const { beat } = world(stopping);
    expect(beat({})).toMatchObject([cancel]);
    expect(beat({ state: 'preparing' })).toMatchObject([cancel]);
    expect(beat({ state: 'idle', attempt: undefined as never })).toEqual([]);
  });

  it('is told to stop when a newer one was started', () => {
    expect(world({ status: 'queued', epoch: 6, held: false }).beat({})).toMatchObject([cancel]);
  });

  it('is left alone while its run waits for it, while it only reports, and when its run is elsewhere', () => {
    expect(world({ status: 'running', epoch: 5, held: true, instance: 'i' }).beat({})).toEqual([]);
    expect(world({ status: 'placing', epoch: 5, held: true }).beat({})).toEqual([]);
    expect(world(stopping).beat({ state: 'reporting' })).toEqual([]);
    expect(world(stopping).beat({ attempt: { ...ref, run: 'other' } })).toEqual([]);
  });

  it('is left alone while it is not sure that its run will not wait for it', () => {
    const { beat, actor } = world(stopping);
    actor.busy = true;
    expect(beat({})).toEqual([]);
    actor.busy = false;
    actor.stoppedBy = 'fenced';
    expect(beat({})).toEqual([]);
  });
});

describe('a supervisor that waits for an agent', () => {
  it('gives it the time that it gives its function to heed a signal, and a beat in which a lost cancel is told again', () => {
    const { abortGraceMs, heartbeatMs } = agentOptions.parse({});
    expect(TIMEOUT_GRACE_MS).toBeGreaterThan(abortGraceMs);
    expect(STOP_GRACE_MS).toBeGreaterThan(abortGraceMs + heartbeatMs);
  });
});

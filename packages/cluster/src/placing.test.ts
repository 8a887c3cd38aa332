import { agentOptions } from '@tutti/agent';
import type { AnyMessage, Body } from '@tutti/contracts';
import { STOP_GRACE_MS, TIMEOUT_GRACE_MS } from '@tutti/supervisor';
import { describe, expect, it } from 'vitest';
import { ref, world as worldOf } from './placing.fixture.ts';

type Row = Body<'agent.beat'>['instances'][number];

/** A node that hosts one run, whose step is as given, and whose agents are never alone; the test sends it beats of one instance. */
function world(step: object) {
  const { actor, beat } = worldOf(step, { aloneMs: 0 });
  const instance = { role: 'a', instance: 'i', state: 'running' as const, attempt: ref };
  return { actor, beat: (row: Partial<Row>): readonly AnyMessage[] => beat({ instances: [{ ...instance, ...row }] }) };
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

describe('a run that waits for a busy agent', () => {
  const looksAgain = (told: readonly AnyMessage[]): number =>
    told.filter(({ type }) => type === 'instance.available').length;

  it.each([
    ['says that it leaves', { left: true, instances: [] }],
    ['falls silent', undefined],
  ])('looks again when the last process of agents %s', (_, last) => {
    const { beat, pass, waitForAgent, told } = worldOf();
    for (let i = 0; i < 5; i++) {
      beat({ instances: [{ role: 'a', instance: 'p-1', state: 'running' }] });
      pass(1_000);
    }
    waitForAgent();
    pass(1_000);
    expect(looksAgain(told)).toBe(0);
    if (last !== undefined) beat(last);
    pass(5_000);
    expect(looksAgain(told)).toBe(1);
  });

  it('hears nothing of a node that has not heard of agents yet', () => {
    const { pass, waitForAgent, told } = worldOf();
    waitForAgent();
    pass(1_000);
    expect(looksAgain(told)).toBe(0);
  });
});

describe('a node that stood still', () => {
  it('holds it against no process that it heard nothing meanwhile', () => {
    const { beat, pass, stand, told } = worldOf();
    beat();
    pass(1_000);
    stand(5_000);
    pass(2_000);
    expect(told.filter(({ type }) => type === 'attempt.lost')).toEqual([]);
    pass(4_000);
    expect(told.filter(({ type }) => type === 'attempt.lost')).toHaveLength(1);
  });
});

describe('a supervisor that waits for an agent', () => {
  it('gives it the time that it gives its function to heed a signal, and a beat in which a lost cancel is told again', () => {
    const { abortGraceMs, heartbeatMs } = agentOptions.parse({});
    expect(TIMEOUT_GRACE_MS).toBeGreaterThan(abortGraceMs);
    expect(STOP_GRACE_MS).toBeGreaterThan(abortGraceMs + heartbeatMs);
  });
});

import { type AnyMessage, createSubjects, type MessageOf } from '@tutti/contracts';
import { createStepper, type Effect, type Step, type TellParams } from '@tutti/kernel';
import { getShortestPaths } from '@xstate/graph';
import { describe, expect, it } from 'vitest';
import { instanceMachine } from './machine.ts';
import { agentOptions } from './options.ts';
import { type InstanceContext, report } from './policy.ts';

const machine = instanceMachine(createSubjects(), agentOptions.parse({}));
const ref = (epoch: number, step = 's') => ({ run: 'r', step, attempt: epoch, epoch });
const KEY = 'r/s/5';
const order = (epoch = 5, over: object = {}) => ({
  type: 'attempt.run',
  ...ref(epoch),
  shard: 1,
  role: 'writer',
  idempotencyKey: 'k',
  timeoutMs: 1000,
  input: {},
  base: 2,
  reads: [],
  resultPath: '/writer',
  ...over,
});
const prepared = { type: 'execution.prepared', key: KEY };
const ended = { type: 'execution.ended', key: KEY, result: { status: 'succeeded', writes: [] } };
const recorded = { type: 'attempt.recorded', ...ref(5), verdict: 'recorded' };
const cancel = (epoch = 5) => ({ type: 'attempt.cancel', ...ref(epoch), reason: 'x' });

/** Plays events one second apart and remembers the last step. */
function play(...events: object[]) {
  const stepper = createStepper(machine);
  let last: Step = stepper.start({ role: 'writer', instance: 'i1' });
  for (const [i, event] of events.entries()) {
    last = stepper.step(last.snapshot, { ...event, at: 1000 * i } as never);
  }
  const context = last.snapshot.context as InstanceContext;
  return { state: last.snapshot.value, context, effects: last.effects, set: last.set, cleared: last.cleared };
}
/** What its order is answered with; an acceptance waits at the host for work that is done sooner. */
const replyOf = (effects: readonly Effect[]) =>
  effects.flatMap((e) => {
    if (e.type === 'reply') return [e.params.message];
    const isOrdered = e.type === 'custom' && e.params.name === 'execute';
    return isOrdered ? [(e.params.data as { acceptance: AnyMessage }).acceptance] : [];
  });
const outcomes = (effects: readonly Effect[]) =>
  effects.flatMap((e) => {
    const isFirst = e.type === 'custom' && e.params.name === 'tellFirst';
    const told = isFirst ? (e.params.data as TellParams) : e.type === 'tell' ? e.params : undefined;
    return told === undefined ? [] : [{ to: told.to, ...(told.message as MessageOf<'attempt.outcome'>) }];
  });
const customs = (effects: readonly Effect[]) => effects.flatMap((e) => (e.type === 'custom' ? [e.params.name] : []));

describe('an order', () => {
  it('is accepted by a free instance and executed, with a timer for its time-out', () => {
    const { state, effects, set } = play(order());
    expect(state).toBe('preparing');
    expect(replyOf(effects)).toEqual([{ type: 'attempt.accepted', ...ref(5), instance: 'i1' }]);
    expect(customs(effects)).toContain('execute');
    expect(set).toEqual([{ id: 'timeout', delayMs: 1000, event: { type: 'timer.timeout' } }]);
  });

  it.each([
    ['preparing', [order()]],
    ['running', [order(), prepared]],
    ['reporting', [order(), prepared, ended]],
  ])('that comes again while %s is accepted again and not executed again', (state, events) => {
    const again = play(...events, order());
    expect(again.state).toBe(state);
    expect(replyOf(again.effects)).toMatchObject([{ type: 'attempt.accepted' }]);
    expect(customs(again.effects)).not.toContain('execute');
  });

  it.each<[string, object[], object]>([
    ['busy', [order(), prepared], order(9, { step: 'other' })],
    ['stale_epoch', [order(), prepared], order(4)],
    ['stale_epoch', [order(), prepared, ended, recorded], order(5)],
    ['stale_epoch', [cancel()], order(5)],
    ['unknown_role', [], order(5, { role: 'painter' })],
    ['draining', [{ type: 'host.drain', abort: false }], order()],
    ['draining', [order(), { type: 'host.drain', abort: false }], order(9, { step: 'other' })],
  ])('is refused: %s', (reason, events, last) => {
    expect(replyOf(play(...events, last).effects)).toMatchObject([{ type: 'attempt.refused', reason }]);
  });

  it('under a newer epoch for the step that runs stops what runs', () => {
    const { effects, context } = play(order(), prepared, order(6));
    expect(replyOf(effects)).toMatchObject([{ reason: 'busy' }]);
    expect(customs(effects)).toEqual(['abort']);
    expect(context.held?.ending).toBe('cancel');
  });

  it('under a newer epoch for the step that is reported takes its place', () => {
    const { state, effects, cleared } = play(order(), prepared, ended, order(6));
    expect(state).toBe('preparing');
    expect(replyOf(effects)).toMatchObject([{ type: 'attempt.accepted', epoch: 6 }]);
    expect(cleared).toContain('repeat');
  });
});

describe('an outcome', () => {
  it('is told to the run and again, later and later, until it is recorded', () => {
    const first = play(order(), prepared, ended);
    expect(outcomes(first.effects)).toMatchObject([
      { to: 'tutti.out.writer.i1.1.r', type: 'attempt.outcome', ...ref(5), base: 2, result: { status: 'succeeded' } },
    ]);
    const delays = [1, 2, 3, 4, 5, 6, 7].map((times) => {
      const repeats = Array.from({ length: times - 1 }, () => ({ type: 'timer.repeat' }));
      const { set } = play(order(), prepared, ended, ...repeats);
      return set.find(({ id }) => id === 'repeat')?.delayMs;
    });
    for (const [i, most] of [250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      expect(delays[i]).toBeLessThanOrEqual(most);
      expect(delays[i]).toBeGreaterThanOrEqual(most * 0.75);
    }
    const done = play(order(), prepared, ended, recorded);
    expect([done.state, done.context.held, done.cleared.includes('repeat')]).toEqual(['idle', null, true]);
  });

  it('is told again by each instance at a time of its own: what was refused together must not come together again', () => {
    const { context } = play(order(), prepared, ended);
    const pauses = [1, 2, 3, 4, 5, 6].map(
      (n) =>
        report({ ...context, instance: `i${n}` }, { subjects: createSubjects(), options: agentOptions.parse({}) }).set
          ?.delayMs,
    );
    expect(new Set(pauses).size).toBeGreaterThan(3);
  });

  it('is not forgotten for a record of an older attempt', () => {
    expect(play(order(), prepared, ended, { ...recorded, ...ref(4) }).state).toBe('reporting');
  });

  it('is dropped when nobody recorded it for an hour', () => {
    const stepper = createStepper(machine);
    let { snapshot } = stepper.start({ role: 'writer', instance: 'i1' });
    for (const event of [order(), prepared, ended])
      snapshot = stepper.step(snapshot, { ...event, at: 0 } as never).snapshot;
    const at = (ms: number) => stepper.step(snapshot, { type: 'timer.repeat', at: ms } as never).snapshot.value;
    expect([at(3_599_999), at(3_600_000)]).toEqual(['reporting', 'idle']);
  });

  it('of a cancelled attempt is only that it has stopped, told once and with no writes, so that its lease can go back', () => {
    const { state, effects, set } = play(order(), prepared, cancel(), ended);
    expect([state, set]).toEqual(['idle', []]);
    expect(outcomes(effects)).toMatchObject([
      { ...ref(5), result: { status: 'failed', error: { code: 'agent_cancelled' } } },
    ]);
  });

  it('of a time-out is agent_timeout, whatever the function returns after its abort', () => {
    const stopped = play(order(), prepared, { type: 'timer.timeout' });
    expect(customs(stopped.effects)).toEqual(['abort']);
    const { effects } = play(order(), prepared, { type: 'timer.timeout' }, ended);
    expect(outcomes(effects)).toMatchObject([{ result: { status: 'failed', error: { code: 'agent_timeout' } } }]);
  });

  it('of work that a leaving process gave up is agent_lost, so that others do it', () => {
    const { effects } = play(order(), prepared, { type: 'host.drain', abort: true }, ended);
    expect(outcomes(effects)).toMatchObject([{ result: { error: { code: 'agent_lost', retryable: true } } }]);
  });
});

describe('a function that ignores its abort', () => {
  const hang = [order(), prepared, { type: 'timer.timeout' }, { type: 'timer.grace' }];

  it('is reported as agent_timeout all the same, and its instance takes no more work', () => {
    const { state, effects } = play(...hang);
    expect(state).toBe('reporting');
    expect(outcomes(effects)).toMatchObject([{ result: { error: { code: 'agent_timeout' } } }]);
    expect(customs(effects)).toContain('hanging');
    expect(play(...hang, recorded).state).toBe('draining');
    expect(replyOf(play(...hang, recorded, order(9)).effects)).toMatchObject([{ reason: 'draining' }]);
  });

  it('lets its instance go once it returns', () => {
    expect(customs(play(...hang, recorded).effects)).not.toContain('drained');
    expect(customs(play(...hang, recorded, ended).effects)).toContain('drained');
    expect(customs(play(...hang, ended, recorded).effects)).toContain('drained');
  });
});

describe('the table', () => {
  const at = 1;
  const events = [
    order(),
    order(6),
    order(5, { step: 'other' }),
    cancel(),
    recorded,
    prepared,
    ended,
    { type: 'timer.timeout' },
    { type: 'timer.grace' },
    { type: 'timer.repeat' },
    { type: 'host.drain', abort: false },
    { type: 'host.drain', abort: true },
    { type: 'host.leave' },
  ].map((event) => ({ ...event, at })) as never[];

  const serializeState = (s: { value: unknown; context: unknown }) => {
    const { held, draining, hanging } = s.context as InstanceContext;
    return JSON.stringify([s.value, held?.ref, held?.ending, held?.outcome?.result.status, draining, hanging]);
  };
  const paths = getShortestPaths(machine, {
    events,
    input: { role: 'writer', instance: 'i1' },
    serializeState: serializeState as never,
    limit: 20_000,
  });

  it('has a path to every state', () => {
    const reached = new Set(paths.map(({ state }) => String(state.value)));
    expect([...reached].sort()).toEqual(['draining', 'gone', 'idle', 'preparing', 'reporting', 'running']);
  });

  it('holds an attempt exactly while it works or reports, on every shortest path', () => {
    for (const { state } of paths) {
      const { held } = state.context as InstanceContext;
      expect([state.value, held !== null]).toEqual([
        state.value,
        ['preparing', 'running', 'reporting'].includes(String(state.value)),
      ]);
      expect([state.value, held?.outcome != null]).toEqual([state.value, state.value === 'reporting']);
    }
  });

  it('lets an instance leave from every state', () => {
    const stepper = createStepper(machine);
    for (const { state } of paths.filter(({ state }) => state.value !== 'gone')) {
      expect(stepper.step(state as never, { type: 'host.leave', at } as never).snapshot.value).toBe('gone');
    }
  });
});

import { describe, expect, it } from 'vitest';
import { assign, createActor, enqueueActions, setup } from 'xstate';
import { effectActions } from './effects.ts';
import { createStepper, freeze } from './stepper.ts';

type Event = { type: 'count' } | { type: 'open' } | { type: 'flip' } | { type: 'throw' };

const machine = setup({
  types: { context: {} as { n: number }, events: {} as Event },
  actions: {
    ...effectActions,
    count: enqueueActions(({ context, enqueue }) => {
      enqueue(assign({ n: context.n + 1 }));
      enqueue({ type: 'custom', params: { name: 'counted', data: context.n + 1 } });
    }),
    fail: assign(() => {
      throw new Error('no');
    }),
    flip: enqueueActions(({ enqueue }) => {
      enqueue.raise({ type: 'open' }, { id: 'later', delay: 50 });
      enqueue.cancel('later');
    }),
  },
  delays: { soon: ({ context }) => 100 + context.n },
}).createMachine({
  context: { n: 0 },
  initial: 'shut',
  states: {
    shut: {
      after: { soon: 'open' },
      on: { count: { actions: 'count' }, open: 'open', flip: { actions: 'flip' }, throw: { actions: 'fail' } },
    },
    open: { on: { count: { actions: 'count' } } },
  },
});

const stepper = createStepper(machine);

describe('the stepper', () => {
  it('gives effects back as data, in order, and performs none', () => {
    const { snapshot } = stepper.start();
    const step = stepper.step(snapshot, { type: 'count' });
    expect(step.snapshot.context).toEqual({ n: 1 });
    expect(step.effects).toEqual([{ type: 'custom', params: { name: 'counted', data: 1 } }]);
  });

  it('gives `after` back as a timer and its end as a clear', () => {
    const start = stepper.start();
    expect(start.set.map((t) => t.delayMs)).toEqual([100]);
    const [timer] = start.set;
    expect(stepper.step(start.snapshot, { type: 'open' }).cleared).toEqual([timer?.id]);
    expect(stepper.step(start.snapshot, timer?.event ?? { type: '' }).snapshot.value).toBe('open');
  });

  it('a timer set and cancelled within one step never was', () => {
    const step = stepper.step(stepper.start().snapshot, { type: 'flip' });
    expect(step.set).toEqual([]);
  });

  it('a step that throws leaves the given snapshot as it was', () => {
    const { snapshot } = stepper.start();
    const before = JSON.stringify(freeze(snapshot));
    expect(() => stepper.step(snapshot, { type: 'throw' })).toThrow('no');
    expect(JSON.stringify(freeze(snapshot))).toBe(before);
    expect(stepper.step(snapshot, { type: 'count' }).snapshot.context).toEqual({ n: 1 });
  });

  it('knows an event that the state cannot take', () => {
    const { snapshot } = stepper.start();
    expect(stepper.can(snapshot, { type: 'count' })).toBe(true);
    expect(stepper.can(snapshot, { type: 'unheard' })).toBe(false);
  });

  it('goes on from a frozen snapshot', () => {
    const frozen = freeze(stepper.step(stepper.start().snapshot, { type: 'count' }).snapshot);
    const thawed = stepper.thaw(JSON.parse(JSON.stringify(frozen)));
    expect(stepper.step(thawed, { type: 'count' }).snapshot.context).toEqual({ n: 2 });
  });

  it('agrees with a live actor on state and context for every order of events', () => {
    const words = ['count', 'open', 'flip'] as const;
    for (let code = 0; code < 3 ** 5; code++) {
      const events = Array.from({ length: 5 }, (_, i) => ({ type: words[Math.floor(code / 3 ** i) % 3] ?? 'count' }));
      const live = createActor(machine, { clock: { setTimeout: () => 0, clearTimeout: () => undefined } }).start();
      let snapshot = stepper.start().snapshot;
      for (const event of events) {
        live.send(event);
        snapshot = stepper.step(snapshot, event).snapshot;
      }
      expect([snapshot.value, snapshot.context]).toEqual([live.getSnapshot().value, live.getSnapshot().context]);
    }
  });
});

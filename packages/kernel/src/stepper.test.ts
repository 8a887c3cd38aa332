import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, createActor, enqueueActions, setup, transition } from 'xstate';
import { effectActions } from './effects.ts';
import { ShortWay } from './short-way.ts';
import { createStepper, type Decision, decided, freeze } from './stepper.ts';

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

  it('keeps what is in the context as it is, whatever it looks like', () => {
    const context = { n: 1, out: { xstate$$type: 1, id: 'of a user' } };
    const thawed = stepper.thaw({ ...freeze(stepper.start().snapshot), context });
    expect(thawed.context).toEqual(context);
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

/** Of every form that decides which way a step goes: staying, leaving, entering, eventless, several actions, a guard. */
const deciding = (() => {
  interface Count {
    readonly n: number;
    readonly log: readonly string[];
  }
  const count =
    (name: string) =>
    (context: Count, event: { type: string }): Decision<Count> => ({
      next: { n: context.n + 1, log: [...context.log, `${name}:${event.type}`] },
      effects: [{ type: 'custom', params: { name, data: context.n } }],
      clear: ['wake'],
      set: [{ id: 'wake', delayMs: context.n, event: { type: 'timer.wake' } }],
    });
  return setup({
    types: { context: {} as Count },
    actions: {
      ...effectActions,
      once: decided(count('once')),
      twice: decided(count('twice')),
      nothing: decided((context: Count) => ({ next: context })),
      reset: decided((context: Count) => ({ next: { ...context, n: 0 } })),
      plain: assign({ n: 100 }),
    },
    guards: { isSmall: ({ context }) => context.n < 3, isLarge: ({ context }) => context.n > 5 },
  }).createMachine({
    context: { n: 0, log: [] },
    initial: 'low',
    on: {
      everywhere: { actions: 'once' },
      nothing: { actions: 'nothing' },
      jump: { target: '.kept', actions: 'twice' },
    },
    states: {
      low: {
        id: 'low',
        entry: 'once',
        always: { guard: 'isLarge', target: 'high' },
        on: {
          stay: { actions: ['once', 'twice'] },
          guarded: [
            { guard: 'isSmall', actions: 'twice' },
            { target: 'high', actions: 'once' },
          ],
          again: { target: 'low', reenter: true },
          mixed: { actions: ['once', 'plain', 'once'] },
        },
      },
      high: {
        entry: 'twice',
        exit: 'once',
        on: {
          back: { target: 'low', actions: assign({ n: 0 }) },
          ignored: {},
          pass: { target: 'passing', actions: 'once' },
        },
      },
      passing: { exit: 'twice', always: [{ guard: 'isSmall', target: 'low' }, { target: 'kept' }] },
      kept: { entry: 'reset', on: { back: 'low', stay: 'kept', pass: { target: 'nested', actions: 'once' } } },
      nested: { initial: 'inner', entry: 'once', states: { inner: { on: { back: '#low' } } } },
    },
  });
})();

describe('a decision', () => {
  const words = [
    'stay',
    'guarded',
    'again',
    'mixed',
    'everywhere',
    'nothing',
    'back',
    'ignored',
    'unheard',
    'pass',
    'jump',
  ] as const;
  const own = createStepper(deciding);

  it('is taken the short way as XState takes it: the same state, context, effects and timers for any events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 16 }), (types) => {
        let mine = own.start().snapshot;
        let theirs = own.start().snapshot;
        for (const type of types) {
          const step = own.step(mine, { type });
          const [next, actions] = transition(deciding, theirs as never, { type } as never);
          const decisions = actions.map((action) => action.params as unknown as Decision<unknown>);
          expect(freeze(step.snapshot)).toEqual(freeze(next as never));
          expect(step.snapshot._nodes.map((n) => n.id).sort()).toEqual(
            (next as never as { _nodes: { id: string }[] })._nodes.map((n) => n.id).sort(),
          );
          expect(step.effects).toEqual(decisions.flatMap((d) => d?.effects ?? []));
          expect(step.set.map((t) => t.delayMs)).toEqual(
            decisions
              .flatMap((d) => d?.set ?? [])
              .map((t) => t.delayMs)
              .slice(-1),
          );
          mine = step.snapshot;
          theirs = next as never;
        }
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it.each([
    ['stay', true],
    ['jump', true],
    ['guarded', true],
    ['mixed', false],
    ['again', false],
  ])('of the form of "%s" goes the short way: %s', (type, isShort) => {
    const taken = new ShortWay(deciding).take(own.start().snapshot, { type });
    expect(taken !== undefined).toBe(isShort);
  });

  it('that changes nothing gives the very snapshot back', () => {
    const { snapshot } = own.start();
    expect(own.step(snapshot, { type: 'nothing' }).snapshot).toBe(snapshot);
  });

  it('is taken by a live actor too', () => {
    const live = createActor(deciding).start();
    live.send({ type: 'stay' } as never);
    expect(live.getSnapshot().context.log).toEqual(['once:xstate.init', 'once:stay', 'twice:stay']);
  });
});

import { createSubjects } from '@tutti/contracts';
import { createStepper } from '@tutti/kernel';
import { getShortestPaths } from '@xstate/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventObject } from 'xstate';
import { createPoolMachine } from './machine.ts';
import { resourcesOptions } from './options.ts';
import type { PoolState } from './state.ts';

const make = (options: object = {}) =>
  createStepper(
    createPoolMachine({
      options: resourcesOptions.parse({ startClosed: false, ...options }),
      subjects: createSubjects(),
    }),
  );

const request = (holder: string, id: string, cpu: number, memory: number, priority = 7) => ({
  lease: `${holder}/${id}/1`,
  step: id,
  needs: { cpu, memory },
  priority,
  rank: 0,
});
const acquire = (holder: string, requests: object[], release: string[] = [], at = 1) => ({
  type: 'resource.acquire',
  holder,
  holderEpoch: 1,
  requests,
  release,
  at,
  from: 'x',
});
const stateOf = (step: { snapshot: { context: unknown } }): PoolState => step.snapshot.context as PoolState;

/** The sums as an outsider counts them. */
function counted(state: PoolState) {
  const needs = [...state.leases.values()].map((l) => l.request.needs);
  const sum = (pick: (n: { cpu: number; memory: number }) => number): number => needs.reduce((s, n) => s + pick(n), 0);
  return { cpu: sum((n) => n.cpu), memory: sum((n) => n.memory), agents: needs.length };
}

describe('a pool that is full', () => {
  const full = () => {
    const stepper = make({ maxEntries: 4 });
    let step = stepper.start({ pool: 'default' });
    for (let i = 0; i < 5; i++)
      step = stepper.step(step.snapshot, acquire(`r${i}`, [request(`r${i}`, 'a', 10, 1)], [], 1 + i) as never);
    const send = (event: object) => {
      step = stepper.step(step.snapshot, event as never);
      return step.effects.map((effect) => (effect.params as { message: { type: string } }).message);
    };
    return { send, state: () => stateOf(step) };
  };
  const lease = 'r0/a/1';

  it('takes back what it gave, and gives it to who waits', () => {
    const { send, state } = full();
    expect([state().leases.size, state().waiting.size]).toEqual([3, 1]);
    const said = send(acquire('r0', [], [lease]));
    expect(said.map(({ type }) => type)).toEqual(['resource.answer', 'resource.granted']);
    expect([state().leases.has(lease), state().leases.size, state().waiting.size]).toEqual([false, 3, 0]);
  });

  it('refuses a request that it has no room for as overloaded, and does all else that the message asks', () => {
    const { send, state } = full();
    const wanted = [request('r0', 'b', 10, 1), request('r0', 'c', 10, 1)];
    expect(send(acquire('r0', wanted, [lease]))[0]).toMatchObject({ type: 'error', error: { code: 'overloaded' } });
    expect(state().leases.has(lease)).toBe(false);
    expect([state().leases.size, state().waiting.size]).toEqual([3, 1]);
  });

  it('hears what a holder holds, and tells it again what it was granted', () => {
    const { send, state } = full();
    const held = [request('r9', 'z', 10, 1)];
    const sync = { ...acquire('r9', []), type: 'resource.sync', held, wanted: [] };
    expect(send(sync)[0]).toMatchObject({ type: 'resource.answer' });
    expect(state().leases.has('r9/z/1')).toBe(true);
    const more = { ...acquire('r0', [request('r0', 'a', 10, 1), request('r0', 'b', 10, 1)]) };
    expect(send(more)).toMatchObject([
      { type: 'error', error: { code: 'overloaded' } },
      { type: 'resource.granted', granted: [lease] },
    ]);
  });
});

describe('a message that was overtaken by a newer one of its holder', () => {
  const first = request('r', 'a', 50, 50);
  const said = (event: object, sentAtMs: number) => ({ ...event, sentAtMs }) as never;
  const sync = (held: object[], wanted: object[]) => ({ ...acquire('r', []), type: 'resource.sync', held, wanted });

  it('brings back nothing that the holder gave back, and frees nothing that it was granted', () => {
    const stepper = make();
    const granted = stepper.step(stepper.start({ pool: 'default' }).snapshot, said(acquire('r', [first]), 20));
    expect(counted(stateOf(stepper.step(granted.snapshot, said(sync([], []), 10)))).agents).toBe(1);
    const released = stepper.step(granted.snapshot, said(acquire('r', [], [first.lease]), 30));
    for (const late of [sync([first], []), sync([], [first]), acquire('r', [first])]) {
      const { snapshot, effects } = stepper.step(released.snapshot, said(late, 25));
      expect(counted(stateOf({ snapshot }))).toEqual({ cpu: 0, memory: 0, agents: 0 });
      expect(effects).toMatchObject([{ type: 'reply', params: { message: { granted: [], waiting: [] } } }]);
    }
  });

  it('still gives back what it names, and the holder of a newer epoch begins anew', () => {
    const stepper = make();
    const granted = stepper.step(stepper.start({ pool: 'default' }).snapshot, said(acquire('r', [first]), 20));
    const late = stepper.step(granted.snapshot, said(acquire('r', [], [first.lease]), 10));
    expect(counted(stateOf(late)).agents).toBe(0);
    const next = stepper.step(late.snapshot, said({ ...acquire('r', [first]), holderEpoch: 2 }, 5));
    expect(counted(stateOf(next)).agents).toBe(1);
  });
});

describe('the states of a pool', () => {
  it('are both reached, and in each every message is answered', () => {
    const machine = createPoolMachine({ options: resourcesOptions.parse({}), subjects: createSubjects() });
    const stepper = createStepper(machine);
    const opening = stepper.start({ pool: 'default' }).set.find(({ id }) => id !== 'tick')?.event ?? { type: '' };
    const ask = acquire('r', [request('r', 'a', 50, 50)]);
    const events = [
      ask,
      { ...ask, type: 'resource.sync', held: ask.requests, wanted: [] },
      { type: 'resource.describe', at: 1 },
      { type: 'pool.surveyed', pool: 'default', holders: ['r'], at: 1 },
      { ...opening, at: 10_000 },
    ];
    const paths = getShortestPaths(machine, {
      input: { pool: 'default' },
      events: events as never,
      serializeState: ({ value, context }) => JSON.stringify([value, counted(context), context.waiting.size]) as never,
    });
    expect(new Set(paths.map(({ state }) => state.value))).toEqual(new Set(['closed', 'open']));
    for (const { state } of paths) {
      expect(state.context.used).toEqual(counted(state.context));
      for (const event of events.slice(0, 3)) {
        const { effects } = stepper.step(state as never, event as never);
        expect(effects.map(({ type }) => type)).toContain('reply');
      }
    }
  });

  it('serve a request of the lowest priority although higher ones keep coming', () => {
    const oneAtATime = {
      cpuUnits: 100,
      memoryUnits: 100,
      concurrentAgents: 1,
      cpuOversubscription: 1,
      memoryStrict: true,
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1_000, max: 5_000 }), (fresh, workMs) => {
        const stepper = make({ pool: oneAtATime, leaseMs: 1_000_000 });
        let at = 1;
        let step = stepper.step(
          stepper.start({ pool: 'default' }).snapshot,
          acquire('h', [request('h', 'x0', 1, 1, 10)]),
        );
        step = stepper.step(step.snapshot, acquire('poor', [request('poor', 'p', 1, 1, 5)], [], at));
        for (let n = 1; n < 500; n++) {
          at += workMs;
          const [held] = [...stateOf(step).leases.values()];
          if (held?.holder === 'poor') return;
          const more = Array.from({ length: fresh }, (_, i) => request(`h${n}`, `x${i}`, 1, 1, 10));
          step = stepper.step(step.snapshot, acquire(`h${n}`, more, [], at));
          step = stepper.step(step.snapshot, acquire(held?.holder ?? '', [], [held?.request.lease ?? ''], at));
        }
        expect.fail('it was never served');
      }),
      { seed: 5, numRuns: 15 },
    );
  });
});

describe('the pool', () => {
  it('admits three agents and makes the fourth wait for an agent slot', () => {
    const stepper = make();
    const all = ['a', 'b', 'c', 'd'].map((id) => request('run', id, 10, 10));
    const step = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('run', all));
    const [answer] = step.effects as unknown as {
      params: { message: { granted: string[]; waiting: { lacks: string }[] } };
    }[];
    expect(answer?.params.message.granted).toHaveLength(3);
    expect(answer?.params.message.waiting).toMatchObject([{ lacks: 'agents', free: 0, needed: 1 }]);
  });

  it('allows 120 % of CPU and never more than 100 % of memory', () => {
    const stepper = make();
    const full = stepper.step(
      stepper.start({ pool: 'default' }).snapshot,
      acquire('r', [request('r', 'a', 60, 50), request('r', 'b', 60, 50)]),
    );
    expect(counted(stateOf(full))).toEqual({ cpu: 120, memory: 100, agents: 2 });
    const more = stepper.step(full.snapshot, acquire('r', [request('r', 'c', 0, 1)]));
    expect(counted(stateOf(more)).agents).toBe(2);
  });

  it('refuses at once what can never fit', () => {
    const stepper = make();
    const step = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('r', [request('r', 'a', 121, 1)]));
    const [answer] = step.effects as unknown as { params: { message: { refused: { reason: string }[] } } }[];
    expect(answer?.params.message.refused[0]?.reason).toContain('needs 121 cpu, the whole pool has 120');
  });

  it('a higher priority goes first when room comes back', () => {
    const stepper = make({
      pool: { cpuUnits: 100, memoryUnits: 100, concurrentAgents: 1, cpuOversubscription: 1, memoryStrict: true },
    });
    let step = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('r', [request('r', 'a', 1, 1)]));
    step = stepper.step(step.snapshot, acquire('s', [request('s', 'low', 1, 1, 5)], [], 2));
    step = stepper.step(step.snapshot, acquire('t', [request('t', 'high', 1, 1, 10)], [], 3));
    step = stepper.step(step.snapshot, acquire('r', [], ['r/a/1'], 4));
    expect([...stateOf(step).leases.keys()]).toEqual(['t/high/1']);
  });

  it('a grant that comes later names its own pool', () => {
    const stepper = make();
    const many = ['a', 'b', 'c'].map((id) => request('r', id, 1, 1));
    let step = stepper.step(stepper.start({ pool: 'gpu' }).snapshot, acquire('r', many));
    step = stepper.step(step.snapshot, acquire('s', [request('s', 'd', 1, 1)], [], 2));
    step = stepper.step(step.snapshot, acquire('r', [], ['r/a/1'], 3));
    const told = step.effects as unknown as { type: string; params: { message: object } }[];
    expect(told.find((e) => e.type === 'tell')?.params.message).toMatchObject({ pool: 'gpu', granted: ['s/d/1'] });
  });

  it('tells a holder of what it had asked for before, when what it gives back makes room for it', () => {
    const stepper = make();
    const [a, b, c] = [request('r', 'a', 100, 10), request('r', 'b', 90, 10), request('r', 'c', 20, 10)];
    const full = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('r', [a, b]));
    const { effects } = stepper.step(full.snapshot, acquire('r', [c], [a.lease], 2));
    const messages = effects.map(({ params }) => (params as { message: { type: string; granted: string[] } }).message);
    expect(messages).toMatchObject([
      { type: 'resource.answer', granted: [c.lease] },
      { type: 'resource.granted', granted: [b.lease] },
    ]);
  });

  it('takes the leases of a holder that was silent for a lease period', () => {
    const stepper = make({ leaseMs: 100 });
    let step = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('r', [request('r', 'a', 1, 1)]));
    step = stepper.step(step.snapshot, { type: 'timer.tick', at: 101 } as never);
    expect(counted(stateOf(step)).agents).toBe(0);
  });

  it('leaves a lease a whole period from its grant, however long its holder had waited in silence', () => {
    const stepper = make({ leaseMs: 100 });
    const tick = (at: number) => ({ type: 'timer.tick', at }) as never;
    let step = stepper.step(
      stepper.start({ pool: 'default' }).snapshot,
      acquire('r', [request('r', 'a', 120, 1)], [], 1),
    );
    step = stepper.step(step.snapshot, acquire('s', [request('s', 'b', 120, 1)], [], 2));
    step = stepper.step(step.snapshot, acquire('r', [], ['r/a/1'], 90));
    expect([...stateOf(step).leases.keys()]).toEqual(['s/b/1']);
    step = stepper.step(step.snapshot, tick(150));
    expect([...stateOf(step).leases.keys()]).toEqual(['s/b/1']);
    expect(stateOf(stepper.step(step.snapshot, tick(190))).leases.size).toBe(0);
  });

  it('a successor grants nothing before it has opened, but takes what holders announce', () => {
    const stepper = make({ startClosed: true });
    const held = [request('r', 'a', 10, 10)];
    const sync = {
      type: 'resource.sync',
      holder: 'r',
      holderEpoch: 1,
      held,
      wanted: [request('r', 'b', 1, 1)],
      at: 1,
      from: 'x',
    };
    const step = stepper.step(stepper.start({ pool: 'default' }).snapshot, sync);
    expect([...stateOf(step).leases.keys()]).toEqual(['r/a/1']);
    expect([...stateOf(step).waiting.keys()]).toEqual(['r/b/1']);
  });

  it('frees nothing on the word of a new owner that still finds out what it holds, and all that is not named after that', () => {
    const stepper = make();
    const [a, b] = [request('r', 'a', 10, 10), request('r', 'b', 20, 20)];
    const granted = stepper.step(stepper.start({ pool: 'default' }).snapshot, acquire('r', [a, b]));
    const sync = { type: 'resource.sync', holder: 'r', holderEpoch: 2, held: [a], wanted: [], at: 1, from: 'x' };
    const partial = stepper.step(granted.snapshot, { ...sync, partial: true } as EventObject);
    expect([...stateOf(partial).leases.keys()].sort()).toEqual(['r/a/1', 'r/b/1']);
    expect([...stateOf(stepper.step(partial.snapshot, sync)).leases.keys()]).toEqual(['r/a/1']);
    const nothing = stepper.step(partial.snapshot, { ...sync, held: [] } as EventObject);
    expect([...stateOf(nothing).leases.keys()]).toEqual([]);
  });

  it('never exceeds its limits, keeps exact sums and serves everybody, whatever is asked and given back', () => {
    const ask = fc.record({
      holder: fc.constantFrom('r', 's', 't'),
      cpu: fc.integer({ min: 0, max: 130 }),
      memory: fc.integer({ min: 0, max: 110 }),
      priority: fc.constantFrom(5, 7, 10),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(ask, fc.constant('free' as const)), { maxLength: 60 }), (script) => {
        const stepper = make();
        let step = stepper.start({ pool: 'default' });
        let at = 1;
        const freeOne = (): void => {
          const [lease, row] = [...stateOf(step).leases][0] ?? [];
          if (lease !== undefined && row !== undefined)
            step = stepper.step(step.snapshot, acquire(row.holder, [], [lease], ++at));
        };
        const check = (): void => {
          const sums = counted(stateOf(step));
          expect(stateOf(step).used).toEqual(sums);
          expect(sums.cpu <= 120 && sums.memory <= 100 && sums.agents <= 3).toBe(true);
        };
        for (const [i, move] of script.entries()) {
          if (move === 'free') freeOne();
          else
            step = stepper.step(
              step.snapshot,
              acquire(move.holder, [request(move.holder, `s${i}`, move.cpu, move.memory, move.priority)], [], ++at),
            );
          check();
        }
        for (let i = 0; i < 200 && stateOf(step).leases.size > 0; i++) {
          freeOne();
          check();
        }
        expect(stateOf(step).waiting.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

import { type AnyMessage, TuttiError } from '@tutti/contracts';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { Actor } from './actor.ts';
import type { StopReason } from './actor-deps.ts';
import type { Effect } from './effects.ts';
import { type Draft, EMPTY_TAIL, type Journal, type Tail } from './journal.ts';
import type { ActorKind, Durability } from './kind.ts';
import type { Clock } from './ports.ts';
import { createStepper, decided } from './stepper.ts';

interface State {
  readonly n: number;
}
type Event = { readonly type: string; readonly at: number; readonly unwritten?: boolean };

const ACCEPTS = {
  durable: 'durable',
  lazy: 'lazy',
  'log.filled': 'durable',
  'lazy.end': 'lazy',
  'lazy.firm': 'lazy',
  tells: 'durable',
  'tells.end': 'durable',
  'tells.lazily': 'lazy',
  'lazy.tells': 'lazy',
  'goes.on': 'durable',
  ask: 'volatile',
  cheat: 'volatile',
  throws: 'durable',
} satisfies Record<string, Durability>;

const tell = (what: string): Effect =>
  ({ type: 'emit', params: { to: what, at: 1, event: { type: 'told', data: {} } } }) as unknown as Effect;

const nameOf = ({ type, params }: Effect): string => {
  if (type === 'custom') return params.name;
  return type === 'emit' ? `told ${params.to}` : type;
};

/** Every event counts and says so; `lazy.end` ends the actor too, `ask` only says, `tells` tells people first. */
const machine = setup({
  types: { context: {} as State, events: {} as Event },
  actions: {
    count: decided((state: State, event: Event) => {
      if (event.type === 'throws') throw new Error('no');
      const did: Effect = { type: 'custom', params: { name: event.type, data: event.unwritten === true } };
      const end: Effect[] = event.type.endsWith('.end') ? [{ type: 'retire' }] : [];
      if (event.type === 'goes.on') end.push({ type: 'revive' });
      if (event.type === 'lazy.firm') end.push({ type: 'firm' });
      return {
        next: event.type === 'ask' ? state : { n: state.n + 1 },
        effects: [...(event.type.includes('tells') ? [tell(event.type)] : []), did, ...end],
      };
    }),
  },
}).createMachine({ context: { n: 0 }, initial: 'on', states: { on: { on: { '*': { actions: 'count' } } } } });

const kind: ActorKind = { name: 'wf', machine, durable: true, accepts: ACCEPTS, creates: ['*'], input: () => ({}) };

/** One actor whose appends are acknowledged or refused by hand. */
function world() {
  const appends: { draft: Draft; done: () => Promise<void>; refuse: (error: TuttiError) => Promise<void> }[] = [];
  const did: string[] = [];
  const refused: string[] = [];
  const asked: boolean[] = [];
  const stops: StopReason[] = [];
  const timers: (() => void)[] = [];
  const journal: Journal = {
    key: 'k',
    reserveFrom: 3,
    append: (tail, draft) =>
      new Promise<Tail>((resolve, reject) => {
        appends.push({
          draft,
          async done() {
            resolve({ seq: tail.seq + 1, id: draft.id, n: tail.n + 1, epoch: 1 });
            await Promise.resolve();
          },
          async refuse(error) {
            reject(error);
            await Promise.resolve();
          },
        });
      }),
    read: async () => ({ records: [], tail: EMPTY_TAIL, gone: 0 }),
  };
  const clock: Clock = {
    now: () => 1,
    monotonic: () => 1,
    soon: (callback) => callback(),
    after: (_, callback) => {
      timers.push(callback);
      return { cancel: () => void timers.splice(timers.indexOf(callback), 1) };
    },
  };
  let ids = 0;
  const actor = new Actor({
    ports: { clock, ids: { next: () => `i${++ids}` }, log: silentLogger, meter: noopMeter },
    kind,
    stepper: createStepper(machine),
    id: 'r',
    params: {},
    journal,
    ownerEpoch: 1,
    owner: 'n',
    limits: { maxPending: 3, lazyFlushMs: 50, checkpointEvery: 0, appendRetryMs: 10 },
    perform(effect) {
      // An effect that steps the actor again before it returns, as one that finds no instance does.
      if (effect.type === 'custom' && effect.params.name === 'tells.lazily') actor.receive({ type: 'lazy.tells' });
      did.push(nameOf(effect));
      if (effect.type === 'custom' && effect.params.name === 'ask') asked.push(effect.params.data as boolean);
    },
    broke: () => undefined,
    stopped: (_, reason) => void stops.push(reason),
    revived: () => void did.push('revived'),
  });
  actor.start({});
  const reply = (message: AnyMessage): void => {
    if (message.type === 'error') refused.push(message.error.code);
  };
  const take = (...types: (keyof typeof ACCEPTS | 'unknown')[]): void => {
    for (const type of types) actor.receive({ type }, { reply });
  };
  const typesOf = (n: number): readonly string[] => (appends[n]?.draft.events ?? []).map(({ type }) => type);
  const count = (): number => (actor.snapshot as { readonly context: State } | undefined)?.context.n ?? Number.NaN;
  return { actor, take, appends, did, asked, refused, stops, timers, typesOf, count };
}

describe('an actor', () => {
  it('performs what a durable event wants only after its append was acknowledged', async () => {
    const { take, appends, did } = world();
    take('durable');
    expect(did).toEqual([]);
    await appends[0]?.done();
    expect(did).toEqual(['durable']);
  });

  it('has one append in flight; what arrives meanwhile is stepped on top and rides in the next', async () => {
    const { take, appends, typesOf, count } = world();
    take('durable', 'durable', 'lazy');
    expect([appends.length, count()]).toEqual([1, 3]);
    await appends[0]?.done();
    expect([appends.length, typesOf(1)]).toEqual([2, ['durable', 'lazy']]);
  });

  it('keeps a lazy event behind a durable one that is not appended yet', async () => {
    const { take, appends, did } = world();
    take('durable', 'lazy');
    expect(did).toEqual([]);
    await appends[0]?.done();
    expect(did).toEqual(['durable']);
    await appends[1]?.done();
    expect(did).toEqual(['durable', 'lazy']);
  });

  it('tells a volatile event whether what was stepped before it is written', async () => {
    const { take, appends, asked } = world();
    take('ask', 'durable', 'ask');
    await appends[0]?.done();
    take('ask');
    expect(asked).toEqual([false, true, false]);
  });

  it('tells its end only when that is written, though the event is lazy', async () => {
    const { actor, take, appends, did, stops } = world();
    take('lazy.end');
    expect([did, stops, actor.ended]).toEqual([[], [], false]);
    await appends[0]?.done();
    expect([did, stops, actor.ended, appends[0]?.draft.end]).toEqual([['lazy.end'], ['retired'], true, true]);
  });

  it('does what a lazy event wants only when that is written, where the step is firm', async () => {
    const { take, appends, did } = world();
    take('lazy.firm');
    expect(did).toEqual([]);
    await appends[0]?.done();
    expect(did).toEqual(['lazy.firm', 'firm']);
  });

  it('takes over with the first record under its epoch, also when the actor had ended before', async () => {
    const { actor, take, appends } = world();
    const record = { v: 1, kind: 'steps', id: 'x', epoch: 0.5, prev: '', n: 1, time: 1, input: {}, end: true } as const;
    actor.recover({
      records: [{ ...record, events: [{ type: 'lazy.end', at: 1 }] }],
      tail: { seq: 1, id: 'x', n: 1, epoch: 0.5 },
      gone: 0,
    });
    take('durable');
    expect(appends[0]?.draft).toMatchObject({ kind: 'acquired', epoch: 1 });
    await appends[0]?.done();
    take('durable');
    expect(appends[1]?.draft).toMatchObject({ kind: 'steps', epoch: 1 });
  });

  it('lets lazy events linger when nobody waits, and writes them when their time is over', async () => {
    const { take, appends, did, timers, typesOf } = world();
    take('durable');
    await appends[0]?.done();
    take('lazy', 'lazy');
    expect([did, appends.length]).toEqual([['durable', 'lazy', 'lazy'], 1]);
    timers[0]?.();
    expect(typesOf(1)).toEqual(['lazy', 'lazy']);
  });

  it('writes what lingers when it is asked to, and says when everything stepped so far is written', async () => {
    const { actor, take, appends, typesOf } = world();
    let isSettled = false;
    take('durable');
    await appends[0]?.done();
    take('lazy');
    const settled = actor.settled().then(() => {
      isSettled = true;
    });
    expect([typesOf(1), isSettled]).toEqual([['lazy'], false]);
    await appends[1]?.done();
    await settled;
    await actor.settled();
    take('durable', 'lazy');
    const stopped = actor.settled();
    actor.stop('released');
    await stopped;
  });

  it('answers a question only when what it tells of is written', async () => {
    const { take, appends, did } = world();
    take('durable', 'ask');
    expect(did).toEqual([]);
    await appends[0]?.done();
    expect(did).toEqual(['durable', 'ask']);
  });

  it('does what other actors wait for before it tells people, and tells them all before it ends', async () => {
    const { take, appends, did, stops } = world();
    take('tells', 'durable', 'tells.end');
    await appends[0]?.done();
    expect(did).toEqual(['tells', 'told tells']);
    await appends[1]?.done();
    expect(did.slice(2)).toEqual(['durable', 'tells.end', 'told tells.end']);
    expect(stops).toEqual(['retired']);
  });

  it('tells people of one step before it tells them of another that the first one brought about', () => {
    const { take, did } = world();
    take('tells.lazily');
    expect(did).toEqual(['tells.lazily', 'told tells.lazily', 'lazy.tells', 'told lazy.tells']);
  });

  it('stops at once when an append is refused, and performs and answers nothing as done', async () => {
    const { take, appends, did, refused, stops } = world();
    take('durable');
    await appends[0]?.done();
    take('durable', 'durable');
    await appends[1]?.refuse(new TuttiError('fenced', 'somebody else'));
    expect([did, stops, refused]).toEqual([['durable'], ['fenced'], ['not_owner', 'not_owner']]);
    take('durable');
    expect([appends.length, refused.length]).toEqual([2, 3]);
  });

  it('that was taken for new gives its first message back when its log is not empty, and refuses the others', async () => {
    const { take, appends, did, refused, stops } = world();
    take('durable', 'durable');
    await appends[0]?.refuse(new TuttiError('fenced', 'it is known'));
    expect([did, stops, refused]).toEqual([[], ['known'], ['not_owner']]);
  });

  it('tries again what the broker did not take, with the same record', async () => {
    const { take, appends, did, timers } = world();
    take('durable');
    await appends[0]?.refuse(new TuttiError('broker_unavailable', 'gone'));
    timers[0]?.();
    expect(appends[1]?.draft).toBe(appends[0]?.draft);
    await appends[1]?.done();
    expect(did).toEqual(['durable']);
  });

  it('appends in parts what is too large together, and performs nothing before the last of them', async () => {
    const { take, appends, did, typesOf } = world();
    take('durable');
    take('durable', 'lazy', 'lazy.end');
    await appends[0]?.done();
    const tooLarge = new TuttiError('body_too_large', 'together');
    await appends[1]?.refuse(tooLarge);
    await appends[2]?.refuse(tooLarge);
    expect(typesOf(3)).toEqual(['durable']);
    await appends[3]?.done();
    expect([typesOf(4), appends[3]?.draft.end, appends[4]?.draft.end]).toEqual([['lazy', 'lazy.end'], false, true]);
    expect(did).toEqual(['durable']);
    await appends[4]?.done();
    expect(did).toEqual(['durable', 'durable', 'lazy', 'lazy.end']);
    expect(new Set([0, 3, 4].map((n) => appends[n]?.draft.id)).size).toBe(3);
  });

  for (const [code, first] of [
    ['body_too_large', 'body_too_large'],
    ['log_full', 'log_full'],
    ['bus_closed', 'not_owner'],
  ] as const) {
    it(`answers ${first} to the sender of what met ${code}, and tells the others that they may repeat`, async () => {
      const { take, appends, refused, stops } = world();
      take('durable');
      await appends[0]?.done();
      take('durable', 'durable');
      await appends[1]?.refuse(new TuttiError(code, 'no'));
      expect([stops, refused]).toEqual([['broken'], [first, 'not_owner']]);
    });
  }

  it('is told once that its log has room for its end only, and again by whoever takes it over', async () => {
    const { take, appends, typesOf } = world();
    for (let i = 0; i < 5; i++) {
      take('durable');
      await appends[i]?.done();
    }
    const told = appends.flatMap((_, i) => typesOf(i)).filter((type) => type === 'log.filled');
    expect([typesOf(3), told]).toEqual([['log.filled'], ['log.filled']]);
    const next = world();
    const record = { v: 1, kind: 'steps', epoch: 1, prev: '', time: 1, input: {}, end: false, id: 'x' } as const;
    next.actor.recover({
      records: [{ ...record, events: [], n: 4 }],
      tail: { seq: 4, id: 'x', n: 4, epoch: 1 },
      gone: 0,
    });
    expect(next.typesOf(0)).toEqual(['log.filled']);
  });

  it('appends nothing any more once it has stopped, though the broker did not take its record before', async () => {
    const { actor, take, appends, timers } = world();
    take('durable');
    await appends[0]?.refuse(new TuttiError('broker_unavailable', 'gone'));
    actor.stop('released');
    timers[0]?.();
    expect(appends).toHaveLength(1);
  });

  it('leaves its state as it was when a step throws or a question would change it, and lives on', () => {
    const { take, count, refused } = world();
    take('throws', 'cheat', 'unknown', 'durable');
    expect([refused, count()]).toEqual([['internal_error', 'internal_error', 'unexpected_event'], 1]);
  });

  it('refuses what is beyond the events that may wait', () => {
    const { take, refused } = world();
    take('durable', 'durable', 'durable', 'durable', 'durable');
    expect(refused).toEqual(['overloaded']);
  });

  it('takes its own timers and answers all the same: they come once, and nobody would repeat them', async () => {
    const { actor, take, appends, typesOf } = world();
    take('durable', 'durable', 'durable', 'durable');
    actor.receive({ type: 'timer.once' });
    await appends[0]?.done();
    expect(typesOf(1).at(-1)).toBe('timer.once');
  });
});

describe('an actor that had ended and goes on', () => {
  it('records what follows as of one that has not ended, and is back with its host', async () => {
    const { actor, take, appends, did, stops } = world();
    take('lazy.end');
    await appends[0]?.done();
    expect([actor.ended, stops]).toEqual([true, ['retired']]);
    take('goes.on', 'durable');
    expect([actor.ended, did.includes('revived')]).toEqual([false, true]);
    await appends[1]?.done();
    expect(appends.map(({ draft }) => draft.end)).toEqual([true, false, ...appends.slice(2).map(() => false)]);
  });

  it('never ends when it goes on before its end was durable', async () => {
    const { actor, take, appends, stops } = world();
    take('durable', 'lazy.end', 'goes.on');
    for (const append of appends) await append.done();
    for (const append of appends) await append.done();
    expect([actor.ended, stops]).toEqual([false, []]);
    expect(appends.at(-1)?.draft.end).toBe(false);
  });
});

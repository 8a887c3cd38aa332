/** The machine of one pool: closed until its holders have announced what they hold, then open. */
import {
  type AnyMessage,
  type EventOf,
  type LeaseRequest,
  poolLimits,
  type Received,
  type Subjects,
  shardOf,
  TuttiError,
} from '@tutti/contracts';
import { type Decision, decided, type Effect, effectActions, type TimerSet } from '@tutti/kernel';
import { type EventObject, setup } from 'xstate';
import { alertsOf, read, type Told, watch } from './monitor.ts';
import { namedUsage } from './named.ts';
import type { ResourcesOptions } from './options.ts';
import * as policy from './policy.ts';
import { emptyPool, type Lease, type PoolState } from './state.ts';

/** How often silent holders are looked for and the usage is told, ms. */
const TICK_MS = 1_000;
const NEXT_TICK: TimerSet = { id: 'tick', delayMs: TICK_MS, event: { type: 'timer.tick' } };

type Decided = Decision<PoolState>;

export interface PoolMachineOptions {
  readonly options: ResourcesOptions;
  readonly subjects: Subjects;
}

type Surveyed = Received<'pool.surveyed'>;
type Asked = Received<'resource.acquire'> | Received<'resource.sync'>;

/** What came of requests: those that never can be granted, and how many found no room. */
interface Wanted {
  readonly refused: { lease: string; reason: string }[];
  readonly turnedAway: number;
}
const NOTHING_WANTED: Wanted = { refused: [], turnedAway: 0 };

class Rules {
  readonly #options: ResourcesOptions;
  readonly #subjects: Subjects;
  readonly #limits: ReturnType<typeof poolLimits>;

  constructor({ options, subjects }: PoolMachineOptions) {
    this.#options = options;
    this.#subjects = subjects;
    this.#limits = poolLimits(options.pool);
  }

  /** Takes an acquire or a sync: both say who asks, what is given back or held, what is wanted. */
  take(state: PoolState, event: Asked): Decided {
    if (policy.isStale(state, event.holder, event.holderEpoch))
      return this.#refuse(state, 'stale_epoch', `"${event.holder}" has a newer owner`);
    const draft = policy.draftOf(state);
    const isLate = policy.isLate(state, event.holder, event.holderEpoch, event.sentAtMs);
    policy.seen(draft, event.holder, event.holderEpoch, event.at, event.sentAtMs);
    if (event.type === 'resource.acquire') for (const lease of event.release) policy.release(draft, lease);
    else if (!isLate) policy.reconcile(draft, event.holder, event, event.at);
    const wanted = event.type === 'resource.acquire' ? event.requests : event.wanted;
    const { refused, turnedAway } = isLate ? NOTHING_WANTED : this.#want(draft, event, wanted);
    const granted = policy.grantAll(draft, event.at, this.#limits, this.#options);
    const asked = wanted.map((w) => w.lease);
    const others = this.#tell(draft.pool, granted, new Set(asked));
    if (turnedAway > 0)
      return { next: policy.settled(draft), effects: [...this.#overloaded(draft, event, asked), ...others] };
    return { next: policy.settled(draft), effects: [this.#answer(draft, event, asked, refused), ...others] };
  }

  /** Queues what is wanted, as far as there is room for it: what gives back or tells what is held always has. */
  #want(draft: policy.Draft, { holder, at }: Asked, wanted: readonly LeaseRequest[]): Wanted {
    const refused: { lease: string; reason: string }[] = [];
    let turnedAway = 0;
    for (const request of wanted) {
      const isFull = draft.leases.size + draft.waiting.size >= this.#options.maxEntries;
      if (isFull && !policy.isKnown(draft, request.lease)) turnedAway++;
      else {
        const reason = policy.want(draft, holder, request, at, this.#limits);
        if (reason !== undefined) refused.push({ lease: request.lease, reason });
      }
    }
    return { refused, turnedAway };
  }

  /** The asker is refused, and told apart from that what it has: it asks again for all of it. */
  #overloaded(draft: policy.Draft, { holder }: Asked, asked: readonly string[]): readonly Effect[] {
    const { maxEntries, leaseMs } = this.#options;
    const why = `The pool has ${maxEntries} leases and requests (maxEntries); what was given back is free`;
    const { effects = [] } = this.#refuse(draft, 'overloaded', why);
    const granted = asked.filter((lease) => draft.leases.has(lease));
    if (granted.length === 0) return effects;
    return [...effects, this.#toHolder(holder, { type: 'resource.granted', pool: draft.pool, granted, leaseMs })];
  }

  #answer(
    draft: policy.Draft,
    event: Asked,
    asked: readonly string[],
    refused: { lease: string; reason: string }[],
  ): Effect {
    const granted = asked.filter((lease) => draft.leases.has(lease));
    const open = asked.filter((lease) => draft.waiting.has(lease));
    const waiting = [...policy.explain(draft, open, event.at, this.#limits, this.#options)];
    const message: AnyMessage = {
      type: 'resource.answer',
      pool: draft.pool,
      granted,
      waiting,
      refused,
      leaseMs: this.#options.leaseMs,
    };
    return { type: 'reply', params: { message } };
  }

  /**
   * Tells holders what was granted to them, the asker too: what it gave back may have made room for what it asked for before.
   * What it asks for now stands in its answer.
   */
  #tell(pool: string, granted: readonly Lease[], answered: ReadonlySet<string>): Effect[] {
    const by = new Map<string, string[]>();
    for (const { holder, request } of granted)
      if (!answered.has(request.lease)) by.set(holder, [...(by.get(holder) ?? []), request.lease]);
    return [...by].map(([holder, leases]) =>
      this.#toHolder(holder, {
        type: 'resource.granted',
        pool,
        granted: leases,
        leaseMs: this.#options.leaseMs,
      }),
    );
  }

  #toHolder(holder: string, message: AnyMessage): Effect {
    return {
      type: 'tell',
      params: { to: this.#subjects.of('workflow', { shard: shardOf(holder), run: holder }), message },
    };
  }

  #refuse(state: PoolState, code: 'stale_epoch' | 'overloaded', message: string): Decided {
    return {
      next: state,
      effects: [
        { type: 'reply', params: { message: { type: 'error', error: new TuttiError(code, message).toData() } } },
      ],
    };
  }

  /** Once a second: silent holders lose their leases, aged requests are looked at again, people hear of the usage. */
  tick(state: PoolState, at: number): Decided {
    const draft = policy.draftOf(state);
    const effects: Effect[] = [];
    const { leaseMs, aloneMs } = this.#options;
    for (const holder of policy.silent(draft, at, leaseMs)) policy.withdraw(draft, holder);
    for (const holder of policy.silent(draft, at, leaseMs + aloneMs)) {
      const leases = policy.forget(draft, holder);
      const reason = `"${holder}" said nothing for ${leaseMs + aloneMs} ms`;
      if (leases.length > 0)
        effects.push(
          this.#toHolder(holder, { type: 'resource.revoked', pool: draft.pool, leases: [...leases], reason }),
        );
    }
    effects.push(...this.#tell(draft.pool, policy.grantAll(draft, at, this.#limits, this.#options), new Set()));
    effects.push(this.#usage(draft, at));
    return { next: policy.settled(draft), effects, clear: ['tick'], set: [NEXT_TICK] };
  }

  nextSample(): TimerSet {
    return { id: 'sample', delayMs: this.#options.monitoring.intervalMs, event: { type: 'timer.sample' } };
  }

  /** Looks at the metrics. A pool that is closed has everybody wait, and is not judged by it. */
  sample(state: PoolState, at: number): Decided {
    const { monitoring } = this.#options;
    const readings = state.open ? read(state, at, this.#limits, monitoring) : [];
    const { standings, told } = watch(state.standings, readings, at, monitoring);
    const effects = told.flatMap((each) => this.#alert(state.pool, each, at));
    return { next: { ...state, standings }, effects, clear: ['sample'], set: [this.nextSample()] };
  }

  /** People and tools hear of it by its event, the log of the node by a custom effect. */
  #alert(pool: string, told: Told, at: number): Effect[] {
    const { metric, value, threshold, unit } = told.alert;
    const event: EventOf<'resource.alert' | 'resource.well'> =
      told.type === 'alert'
        ? { type: 'resource.alert', data: { pool, ...told.alert } }
        : { type: 'resource.well', data: { pool, metric, value, threshold, unit, lastedMs: told.lastedMs } };
    const to = this.#subjects.of('poolEvent', { pool, verb: told.type });
    return [
      { type: 'emit', params: { to, at, event } },
      { type: 'custom', params: { name: 'alert', data: event } },
    ];
  }

  isAnnounced(state: PoolState, { holders }: Received<'pool.surveyed'>): boolean {
    return policy.unannounced(state, holders).length === 0;
  }

  /** Asks those who have not told what they hold. */
  ask(state: PoolState, { holders }: Received<'pool.surveyed'>): Decided {
    const message: AnyMessage = { type: 'resource.announce', pool: state.pool };
    return { next: state, effects: policy.unannounced(state, holders).map((h) => this.#toHolder(h, message)) };
  }

  open(state: PoolState, at: number): Decided {
    return this.tick({ ...state, open: true }, at);
  }

  #usage(draft: policy.Draft, at: number): Effect {
    const { cpu, memory, agents } = this.#limits;
    const waiting = draft.waiting.size;
    const named = namedUsage(draft.named, this.#limits);
    const data = {
      pool: draft.pool,
      open: draft.open,
      ...draft.used,
      cpuLimit: cpu,
      memoryLimit: memory,
      agentsLimit: agents,
      waiting,
      ...(named === undefined ? {} : { named }),
    };
    return {
      type: 'emit',
      params: {
        to: this.#subjects.of('poolEvent', { pool: draft.pool, verb: 'usage' }),
        at,
        event: { type: 'pool.usage', data },
      },
    };
  }

  describe(state: PoolState, at: number): Decided {
    const draft = policy.draftOf(state);
    const leases = [...state.leases.values()].map(({ holder, request, sinceMs }) => ({
      lease: request.lease,
      holder,
      step: request.step,
      sinceMs,
      needs: request.needs,
      ...(request.uses === undefined ? {} : { uses: request.uses }),
    }));
    const named = namedUsage(draft.named, this.#limits);
    const waiting = [...policy.explain(draft, [...state.waiting.keys()], at, this.#limits, this.#options)];
    const { cpu, memory, agents } = this.#limits;
    const alerts = alertsOf(state);
    const message: AnyMessage = {
      type: 'resource.state',
      pool: state.pool,
      open: state.open,
      limits: { cpu, memory, agents },
      used: { ...state.used },
      ...(named === undefined ? {} : { named }),
      leases,
      waiting,
      ...(alerts.length === 0 ? {} : { alerts: [...alerts] }),
    };
    return { next: state, effects: [{ type: 'reply', params: { message } }] };
  }
}

type Timed = EventObject & { readonly at: number };

export function createPoolMachine(given: PoolMachineOptions) {
  const rules = new Rules(given);
  return setup({
    types: { context: {} as PoolState, events: {} as Timed, input: {} as { pool: string } },
    actions: {
      ...effectActions,
      take: decided((state: PoolState, event: Timed) => rules.take(state, event as unknown as Asked)),
      describe: decided((state: PoolState, event: Timed) => rules.describe(state, event.at)),
      tick: decided((state: PoolState, event: Timed) => rules.tick(state, event.at)),
      open: decided((state: PoolState, event: Timed) => rules.open(state, event.at)),
      ask: decided((state: PoolState, event: Timed) => rules.ask(state, event as unknown as Surveyed)),
      sample: decided((state: PoolState, event: Timed) => rules.sample(state, event.at)),
      firstTick: decided((state: PoolState) => ({ next: state, set: [NEXT_TICK, rules.nextSample()] })),
    },
    guards: {
      isAnnounced: ({ context, event }) => rules.isAnnounced(context, event as unknown as Surveyed),
    },
    delays: { leasesOver: given.options.leaseMs + given.options.aloneMs },
  }).createMachine({
    id: 'resources',
    context: ({ input }) => emptyPool(input.pool, !given.options.startClosed),
    entry: 'firstTick',
    initial: given.options.startClosed ? 'closed' : 'open',
    on: {
      'resource.acquire': { actions: 'take' },
      'resource.sync': { actions: 'take' },
      'resource.describe': { actions: 'describe' },
      'timer.tick': { actions: 'tick' },
      'timer.sample': { actions: 'sample' },
    },
    states: {
      closed: {
        on: { 'pool.surveyed': [{ guard: 'isAnnounced', target: 'open', actions: 'open' }, { actions: 'ask' }] },
        after: { leasesOver: { target: 'open', actions: 'open' } },
      },
      open: {},
    },
  });
}

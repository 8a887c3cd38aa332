/** The machine of one pool: closed until its holders have announced what they hold, then open. */
import { type AnyMessage, poolLimits, type Received, type Subjects, shardOf, TuttiError } from '@tutti/contracts';
import { type Effect, effectActions } from '@tutti/kernel';
import { assign, type EventObject, enqueueActions, setup } from 'xstate';
import type { ResourcesOptions } from './options.ts';
import * as policy from './policy.ts';
import { emptyPool, type Lease, type PoolState } from './state.ts';

/** How often silent holders are looked for and the usage is told, ms. */
const TICK_MS = 1_000;

interface Decision {
  readonly next: PoolState;
  readonly effects: readonly Effect[];
}

export interface PoolMachineOptions {
  readonly options: ResourcesOptions;
  readonly subjects: Subjects;
}

type Asked = Received<'resource.acquire'> | Received<'resource.sync'>;

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
  take(state: PoolState, event: Asked): Decision {
    if (policy.isStale(state, event.holder, event.holderEpoch))
      return this.#refuse(state, 'stale_epoch', `"${event.holder}" has a newer owner`);
    const entries = Object.keys(state.leases).length + Object.keys(state.waiting).length;
    if (entries > this.#options.maxEntries)
      return this.#refuse(
        state,
        'overloaded',
        `${entries} leases and requests (maxEntries ${this.#options.maxEntries})`,
      );
    const draft = policy.draftOf(state);
    const isLate = policy.isLate(state, event.holder, event.holderEpoch, event.sentAtMs);
    policy.seen(draft, event.holder, event.holderEpoch, event.at, event.sentAtMs);
    const wanted = event.type === 'resource.acquire' ? event.requests : event.wanted;
    if (event.type === 'resource.acquire') for (const lease of event.release) policy.release(draft, lease);
    else if (!isLate) this.#reconcile(draft, event);
    const refused = (isLate ? [] : wanted).flatMap((request) => {
      const reason = policy.want(draft, event.holder, request, event.at, this.#limits);
      return reason === undefined ? [] : [{ lease: request.lease, reason }];
    });
    const granted = policy.grantAll(draft, event.at, this.#limits, this.#options);
    return {
      next: draft,
      effects: [
        this.#answer(
          draft,
          event,
          wanted.map((w) => w.lease),
          refused,
        ),
        ...this.#tell(draft.pool, granted, event.holder),
      ],
    };
  }

  /** A sync is the whole truth of its holder: what it does not name is freed, what it holds is held. */
  #reconcile(draft: policy.Draft, event: Received<'resource.sync'>): void {
    const named = new Set([...event.held, ...event.wanted].map((r) => r.lease));
    for (const table of [draft.leases, draft.waiting]) {
      for (const [lease, row] of Object.entries(table))
        if (row.holder === event.holder && !named.has(lease)) policy.release(draft, lease);
    }
    for (const request of event.held) policy.hold(draft, event.holder, request, event.at);
  }

  #answer(
    draft: policy.Draft,
    event: Asked,
    asked: readonly string[],
    refused: { lease: string; reason: string }[],
  ): Effect {
    const granted = asked.filter((lease) => draft.leases[lease] !== undefined);
    const open = asked.filter((lease) => draft.waiting[lease] !== undefined);
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

  /** Tells holders other than the asker of what was granted to them. */
  #tell(pool: string, granted: readonly Lease[], except: string | undefined): Effect[] {
    const by = new Map<string, string[]>();
    for (const { holder, request } of granted)
      if (holder !== except) by.set(holder, [...(by.get(holder) ?? []), request.lease]);
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

  #refuse(state: PoolState, code: 'stale_epoch' | 'overloaded', message: string): Decision {
    return {
      next: state,
      effects: [
        { type: 'reply', params: { message: { type: 'error', error: new TuttiError(code, message).toData() } } },
      ],
    };
  }

  /** Once a second: silent holders lose their leases, aged requests are looked at again, people hear of the usage. */
  tick(state: PoolState, at: number): Decision {
    const draft = policy.draftOf(state);
    const effects: Effect[] = [];
    for (const holder of policy.silent(draft, at, this.#options.leaseMs)) {
      const leases = policy.forget(draft, holder);
      const reason = `"${holder}" said nothing for ${this.#options.leaseMs} ms`;
      if (leases.length > 0)
        effects.push(
          this.#toHolder(holder, { type: 'resource.revoked', pool: draft.pool, leases: [...leases], reason }),
        );
    }
    effects.push(...this.#tell(draft.pool, policy.grantAll(draft, at, this.#limits, this.#options), undefined));
    return { next: draft, effects: [...effects, this.#usage(draft, at)] };
  }

  open(state: PoolState, at: number): Decision {
    return this.tick({ ...state, open: true }, at);
  }

  #usage(draft: policy.Draft, at: number): Effect {
    const { cpu, memory, agents } = this.#limits;
    const waiting = Object.keys(draft.waiting).length;
    const data = {
      pool: draft.pool,
      open: draft.open,
      ...draft.used,
      cpuLimit: cpu,
      memoryLimit: memory,
      agentsLimit: agents,
      waiting,
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

  describe(state: PoolState, at: number): Decision {
    const draft = policy.draftOf(state);
    const leases = Object.values(state.leases).map(({ holder, request, sinceMs }) => ({
      lease: request.lease,
      holder,
      step: request.step,
      sinceMs,
      needs: request.needs,
    }));
    const waiting = [...policy.explain(draft, Object.keys(state.waiting), at, this.#limits, this.#options)];
    const { cpu, memory, agents } = this.#limits;
    const message: AnyMessage = {
      type: 'resource.state',
      pool: state.pool,
      open: state.open,
      limits: { cpu, memory, agents },
      used: { ...state.used },
      leases,
      waiting,
    };
    return { next: state, effects: [{ type: 'reply', params: { message } }] };
  }
}

type Timed = EventObject & { readonly at: number };

export function createPoolMachine(given: PoolMachineOptions) {
  const rules = new Rules(given);
  const decide = (state: PoolState, event: Timed): Decision => {
    if (event.type === 'resource.describe') return rules.describe(state, event.at);
    if (event.type === 'timer.tick') return rules.tick(state, event.at);
    return rules.take(state, event as unknown as Asked);
  };
  const apply = ({ next, effects }: Decision, context: PoolState, enqueue: (action: never) => void): void => {
    if (next !== context) enqueue(assign(next as PoolState) as never);
    for (const effect of effects) enqueue(effect as never);
  };
  return setup({
    types: { context: {} as PoolState, events: {} as Timed, input: {} as { pool: string } },
    actions: {
      ...effectActions,
      decide: enqueueActions(({ context, event, enqueue }) => apply(decide(context, event), context, enqueue as never)),
      open: enqueueActions(({ context, event, enqueue }) =>
        apply(rules.open(context, event.at), context, enqueue as never),
      ),
      tickLater: enqueueActions(({ enqueue }) => {
        enqueue.cancel('tick');
        enqueue.raise({ type: 'timer.tick' } as never, { id: 'tick', delay: TICK_MS });
      }),
    },
    delays: { leaseMs: given.options.leaseMs },
  }).createMachine({
    id: 'resources',
    context: ({ input }) => emptyPool(input.pool, !given.options.startClosed),
    entry: 'tickLater',
    initial: given.options.startClosed ? 'closed' : 'open',
    on: {
      'resource.acquire': { actions: 'decide' },
      'resource.sync': { actions: 'decide' },
      'resource.describe': { actions: 'decide' },
      'timer.tick': { actions: ['decide', 'tickLater'] },
    },
    states: { closed: { after: { leaseMs: { target: 'open', actions: 'open' } } }, open: {} },
  });
}

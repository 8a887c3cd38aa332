/**
 * Hosts the actors of one kind in this process: finds the actor a message is for, loads it when it has a log, feeds it,
 * performs what it wants done.
 */

import { publishJson, type Subscription } from '@tutti/bus';
import { type AnyMessage, type ErrorCode, type SubjectName, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { LRUCache } from 'lru-cache';
import type { EventObject } from 'xstate';
import { Actor, type ActorLimits, replay, type StopReason } from './actor.ts';
import type { Cause } from './batch.ts';
import type { Effect, EmitParams } from './effects.ts';
import type { Exchange, Incoming } from './exchange.ts';
import { createJournal, type Journal } from './journal.ts';
import type { ActorKind, ActorParams } from './kind.ts';
import type { KernelPorts } from './ports.ts';
import { createStepper } from './stepper.ts';

export interface HostLimits extends ActorLimits {
  /** Actors in memory; beyond it new ones are refused `overloaded`. */
  readonly maxActors: number;
  /** Ended actors kept in memory for questions. */
  readonly maxEnded: number;
  /** Message ids remembered with their answers. */
  readonly maxRemembered: number;
  /** Messages that may wait while an actor is loaded. */
  readonly maxLoading: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = {
  maxPending: 10_000,
  lazyFlushMs: 50,
  appendRetryMs: 250,
  maxActors: 100_000,
  maxEnded: 256,
  maxRemembered: 8_192,
  maxLoading: 1_000,
};

/** What a custom effect may use. */
export interface CustomContext {
  readonly actor: Actor;
  readonly reply: ((message: AnyMessage) => void) | undefined;
}

export interface HostOptions {
  /** Subjects that lead to these actors; all of them carry the tokens that `idOf` needs. */
  readonly subjects: readonly SubjectName[];
  /** The actor's id from the tokens of a subject. */
  idOf(params: ActorParams): string;
  /** Key of the actor's log; durable kinds only. */
  logKeyOf?(params: ActorParams): string;
  /** Ownership epoch of the actor's shard here; undefined when this process does not own it. */
  ownerEpoch?(params: ActorParams): number | undefined;
  /** Performs effects that only this kind has. */
  custom?(name: string, data: unknown, context: CustomContext): void;
  /** Told of every actor that appears and of every one that stops. */
  onActor?(actor: Actor, change: 'started' | 'recovered' | StopReason): void;
  readonly limits?: Partial<HostLimits>;
}

export interface ActorHost {
  /** Hears one subject filter (`'*'` for tokens). */
  serve(subject: SubjectName, params: Record<string, string | number>): Subscription;
  /** The actor if it is in memory. */
  get(id: string): Actor | undefined;
  readonly actors: Iterable<Actor>;
  /** Loads an actor that has a log, or creates one when `message` may; undefined when there is none. */
  ensure(params: ActorParams, message?: AnyMessage): Promise<Actor | undefined>;
  /** Stops the actors that `which` names, letting appends in flight finish. */
  release(which: (params: ActorParams) => boolean): void;
  /** Every actor in memory, ended ones included. */
  all(): Iterable<Actor>;
  /** The events the actor's journal caused, in order, as they were published: the journal is replayed for them. */
  events(params: ActorParams): Promise<readonly TuttiEvent[]>;
}

const REPEATED = Symbol('in progress');

export function createHost(ports: KernelPorts, exchange: Exchange, kind: ActorKind, options: HostOptions): ActorHost {
  const limits: HostLimits = { ...DEFAULT_HOST_LIMITS, ...options.limits };
  const stepper = createStepper(kind.machine);
  const actors = new Map<string, Actor>();
  const ended = new LRUCache<string, Actor>({ max: limits.maxEnded });
  const loading = new Map<string, { done: Promise<Actor | undefined>; waiting: number }>();
  const answered = new LRUCache<string, AnyMessage | typeof REPEATED>({ max: limits.maxRemembered });
  const log = ports.log.child({ kind: kind.name });

  const journalOf = (params: ActorParams): Journal | undefined =>
    options.logKeyOf === undefined ? undefined : createJournal(ports.bus, options.logKeyOf(params));

  const stopped = (actor: Actor, reason: StopReason): void => {
    if (actors.get(actor.id) === actor) actors.delete(actor.id);
    ended.delete(actor.id);
    if (reason === 'retired' && kind.durable) ended.set(actor.id, actor);
    options.onActor?.(actor, reason);
  };

  const build = (params: ActorParams, ownerEpoch: number): Actor => {
    const id = options.idOf(params);
    if (actors.size >= limits.maxActors) {
      throw new TuttiError('overloaded', `This process hosts ${limits.maxActors} ${kind.name} actors (maxActors)`);
    }
    const actor = new Actor({
      ports: { ...ports, log },
      kind,
      stepper,
      id,
      params,
      journal: kind.durable ? journalOf(params) : undefined,
      ownerEpoch,
      limits,
      perform,
      stopped,
    });
    actors.set(id, actor);
    return actor;
  };

  const mayCreate = (message: AnyMessage | undefined): boolean =>
    kind.creates.includes('*') || (message !== undefined && kind.creates.includes(message.type));

  const create = (params: ActorParams, message: AnyMessage | undefined, epoch: number): Actor | undefined => {
    if (!mayCreate(message)) return undefined;
    const actor = build(params, epoch);
    actor.start(kind.input(params, message, epoch));
    options.onActor?.(actor, 'started');
    return actor;
  };

  const load = async (
    params: ActorParams,
    message: AnyMessage | undefined,
    epoch: number,
  ): Promise<Actor | undefined> => {
    const history = await journalOf(params)?.read();
    if (history === undefined || history.records.length === 0) return create(params, message, epoch);
    const actor = build(params, epoch);
    actor.recover(history.records, history.tail);
    if (actor.ended) stopped(actor, 'retired');
    else options.onActor?.(actor, 'recovered');
    return actor;
  };

  const ensure = (params: ActorParams, message?: AnyMessage): Promise<Actor | undefined> | Actor | undefined => {
    const id = options.idOf(params);
    const present = actors.get(id) ?? ended.get(id);
    if (present !== undefined) return present;
    const epoch = options.ownerEpoch === undefined ? 1 : options.ownerEpoch(params);
    if (epoch === undefined) throw new TuttiError('not_owner', `${kind.name} ${id} is not owned by this process`);
    if (!kind.durable) return create(params, message, epoch);
    const under = loading.get(id);
    if (under !== undefined) {
      if (under.waiting++ >= limits.maxLoading)
        throw new TuttiError('overloaded', `${limits.maxLoading} messages wait for ${id} to load (maxLoading)`);
      return under.done.then((actor) => actor ?? ensure(params, message));
    }
    const done = load(params, message, epoch).finally(() => loading.delete(id));
    loading.set(id, { done, waiting: 0 });
    return done;
  };

  const feed = (actor: Actor | undefined, incoming: Incoming, cause: Cause): void => {
    if (actor !== undefined) return actor.receive(eventOf(incoming), cause);
    refuse(cause, 'unknown_run', `No ${kind.name} actor answers on ${incoming.subject}`);
  };

  /** Remembers the answer under the message's id, so that a repeated message gets the first answer. */
  const causeOf = (incoming: Incoming): Cause => {
    answered.set(incoming.id, REPEATED);
    const { reply, id } = incoming;
    if (reply === undefined) return {};
    return {
      reply: (message) => {
        answered.set(id, message);
        reply(message);
      },
    };
  };

  const receive = (incoming: Incoming): void => {
    const known = answered.get(incoming.id);
    if (known !== undefined) {
      if (known !== REPEATED) incoming.reply?.(known);
      return;
    }
    const cause = causeOf(incoming);
    const failed = (error: unknown): void => {
      const { code, message } = TuttiError.from(error);
      if (code !== 'not_owner') log.warn({ subject: incoming.subject, code, err: error }, 'a message found no actor');
      answered.delete(incoming.id);
      refuse(cause, code, message);
    };
    try {
      const params = paramsOf(incoming.subject);
      const actor = ensure(params, incoming.message);
      if (actor instanceof Promise) actor.then((a) => feed(a, incoming, cause)).catch(failed);
      else feed(actor, incoming, cause);
    } catch (error) {
      failed(error);
    }
  };

  const paramsOf = (subject: string): ActorParams => {
    for (const name of options.subjects) {
      const params = ports.subjects.parse(name, subject);
      if (params !== undefined) return params as ActorParams;
    }
    throw new TuttiError('bad_subject', `${subject} leads to no ${kind.name} actor`);
  };

  const perform = (effect: Effect, cause: Cause, actor: Actor): void => {
    switch (effect.type) {
      case 'reply':
        return cause.reply?.(effect.params.message);
      case 'tell':
        return exchange.send(effect.params.to, effect.params.message);
      case 'ask':
        return ask(effect, actor);
      case 'emit':
        return publishJson(ports.bus, effect.params.to, toEvent(effect.params));
      case 'custom':
        return options.custom?.(effect.params.name, effect.params.data, { actor, reply: cause.reply });
      case 'retire':
        return;
    }
  };

  const ask = (effect: Effect & { type: 'ask' }, actor: Actor): void => {
    const { to, message, timeoutMs, call } = effect.params;
    exchange.ask(to, message, timeoutMs).then(
      (answer) => actor.receive(eventOf(answer)),
      (error) => {
        const { code, message: text } = TuttiError.from(error);
        actor.receive({ type: 'call.failed', call, code, message: text, from: exchange.identity } as EventObject);
      },
    );
  };

  return {
    serve: (subject, params) => exchange.serve(ports.subjects.of(subject, params as never), receive),
    get: (id) => actors.get(id) ?? ended.get(id),
    get actors() {
      return actors.values();
    },
    ensure: async (params, message) => ensure(params, message),
    release(which) {
      for (const actor of [...actors.values(), ...ended.values()]) if (which(actor.params)) actor.stop('released');
    },
    *all() {
      yield* actors.values();
      yield* ended.values();
    },
    async events(params) {
      const read = await journalOf(params)?.read();
      const out: TuttiEvent[] = [];
      if (read === undefined || read.records.length === 0) return out;
      replay(stepper, read.records, ({ effects }) => {
        for (const effect of effects) if (effect.type === 'emit') out.push(toEvent(effect.params));
      });
      return out;
    },
  };
}

/** A message as the machine sees it. */
const eventOf = ({ message, from }: Incoming): EventObject => ({ ...message, from }) as unknown as EventObject;

/** Puts a typed event in the envelope that people and tools read. */
export function toEvent({ at, run, seq, event }: EmitParams): TuttiEvent {
  return {
    v: 1,
    type: event.type,
    time: new Date(at).toISOString(),
    ...(run === undefined ? {} : { run }),
    ...(seq === undefined ? {} : { seq }),
    data: event.data as Record<string, unknown>,
  };
}

function refuse(cause: Cause, code: ErrorCode, message: string): void {
  cause.reply?.({ type: 'error', error: new TuttiError(code, message).toData() });
}

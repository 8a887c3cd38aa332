/**
 * Hosts the actors of one kind in this process: finds the actor a message is for, loads it when it has a log, feeds it,
 * performs what it wants done.
 */

import { publishJson, type Subscription } from '@tutti/bus';
import { type AnyMessage, type ErrorCode, type SubjectName, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { LRUCache } from 'lru-cache';
import type { EventObject } from 'xstate';
import { Actor } from './actor.ts';
import type { StopReason } from './actor-deps.ts';
import type { Cause } from './batch.ts';
import type { AskParams, Effect, EmitParams } from './effects.ts';
import type { Exchange, Incoming } from './exchange.ts';
import { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
import { createBusJournals, type Journal, type Journals } from './journal.ts';
import type { ActorKind, ActorParams } from './kind.ts';
import { Passivation } from './passivation.ts';
import type { KernelPorts } from './ports.ts';
import { createRemembered, REPEATED, type Remembered } from './remembered.ts';
import { replay } from './replay.ts';
import { steadyFrom } from './steady.ts';
import { createStepper, type Stepper } from './stepper.ts';

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
  /** False keeps a message from bringing an actor back that is over for good. */
  mayCreate?(params: ActorParams, message: AnyMessage | undefined): boolean;
  /** Performs effects that only this kind has. */
  custom?(name: string, data: unknown, context: CustomContext): void;
  /** Told of every actor that appears and of every one that stops. */
  onActor?(actor: Actor, change: 'started' | 'recovered' | 'revived' | StopReason): void;
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
  /** Stops one actor, letting its append in flight finish. */
  drop(id: string): void;
  /** Every actor in memory, ended ones included. */
  all(): Iterable<Actor>;
  /**
   * The events the actor's journal caused, in order, as they were published: the journal is replayed for them. What the
   * actor has told already and not written yet is written first: whoever asks for a gap wants what fills it.
   */
  events(params: ActorParams): Promise<readonly TuttiEvent[]>;
}

export function createHost(ports: KernelPorts, exchange: Exchange, kind: ActorKind, options: HostOptions): ActorHost {
  return new Host(ports, exchange, kind, options);
}

class Host implements ActorHost {
  readonly #ports: KernelPorts;
  readonly #exchange: Exchange;
  readonly #kind: ActorKind;
  readonly #options: HostOptions;
  readonly #limits: HostLimits;
  readonly #stepper: Stepper;
  readonly #actors = new Map<string, Actor>();
  readonly #ended: LRUCache<string, Actor>;
  readonly #loading = new Map<string, { readonly done: Promise<Actor | undefined>; waiting: number }>();
  readonly #answered: Remembered;
  readonly #passivation: Passivation;
  readonly #journals: Journals;
  /** The message that each actor was made for, while its log may turn out not to be empty. */
  readonly #first = new WeakMap<Actor, { readonly incoming: Incoming; readonly cause: Cause }>();

  constructor(ports: KernelPorts, exchange: Exchange, kind: ActorKind, options: HostOptions) {
    this.#ports = { ...ports, log: ports.log.child({ kind: kind.name }) };
    this.#exchange = exchange;
    this.#kind = kind;
    this.#options = options;
    this.#limits = { ...DEFAULT_HOST_LIMITS, ...options.limits };
    this.#stepper = createStepper(kind.machine);
    this.#journals = ports.journals ?? createBusJournals(ports.bus);
    this.#ended = new LRUCache({ max: this.#limits.maxEnded });
    this.#answered = createRemembered(this.#limits.maxRemembered);
    this.#passivation = new Passivation(ports.clock, this.#actors, this.#limits.restMs);
  }

  serve(subject: SubjectName, params: Record<string, string | number>): Subscription {
    return this.#exchange.serve(this.#ports.subjects.of(subject, params as never), (incoming) =>
      this.#receive(incoming),
    );
  }

  get(id: string): Actor | undefined {
    return this.#actors.get(id) ?? this.#ended.get(id);
  }

  get actors(): Iterable<Actor> {
    return this.#actors.values();
  }

  *all(): Iterable<Actor> {
    yield* this.#actors.values();
    yield* this.#ended.values();
  }

  async ensure(params: ActorParams, message?: AnyMessage): Promise<Actor | undefined> {
    return this.#find(params, message);
  }

  release(which: (params: ActorParams) => boolean): void {
    for (const actor of [...this.all()]) if (which(actor.params)) actor.stop('released');
  }

  drop(id: string): void {
    this.get(id)?.stop('released');
  }

  async events(params: ActorParams): Promise<readonly TuttiEvent[]> {
    const out: TuttiEvent[] = [];
    await this.get(this.#options.idOf(params))?.settled();
    const read = await this.#journalOf(params)?.read();
    if (read === undefined || read.records.length === 0) return out;
    replay(this.#stepper, read.records, ({ effects }) => {
      for (const effect of effects) if (effect.type === 'emit') out.push(toEvent(effect.params));
    });
    return out;
  }

  /** The actor in memory, or a promise of it where its log has to be read; undefined when there is none. */
  #find(params: ActorParams, message: AnyMessage | undefined): Promise<Actor | undefined> | Actor | undefined {
    const id = this.#options.idOf(params);
    const present = this.get(id);
    if (present !== undefined) return present;
    const epoch = this.#epochOf(params);
    if (epoch === undefined) throw this.#notOwned(params);
    if (!this.#kind.durable) return this.#create(params, message, epoch);
    const under = this.#loading.get(id);
    if (under === undefined && this.#isPresumedNew(message)) return this.#create(params, message, epoch);
    if (under === undefined) return this.#beginLoading(id, params, message, epoch);
    if (under.waiting++ >= this.#limits.maxLoading) {
      throw new TuttiError('overloaded', `${this.#limits.maxLoading} messages wait for ${id} to load (maxLoading)`);
    }
    return under.done.then((actor) => actor ?? this.#find(params, message));
  }

  #epochOf(params: ActorParams): number | undefined {
    return this.#options.ownerEpoch === undefined ? 1 : this.#options.ownerEpoch(params);
  }

  #notOwned(params: ActorParams): TuttiError {
    const who = `${this.#kind.name} ${this.#options.idOf(params)}`;
    return new TuttiError('not_owner', `${who} is not owned by this process`);
  }

  /**
   * Whether a message is taken for the first of its actor without asking the log: its own append, which expects an empty log,
   * asks. Only where nothing is done before that append.
   */
  #isPresumedNew(message: AnyMessage | undefined): boolean {
    return (
      message !== undefined &&
      this.#kind.creates.includes(message.type) &&
      this.#kind.accepts[message.type] === 'durable'
    );
  }

  #beginLoading(
    id: string,
    params: ActorParams,
    message: AnyMessage | undefined,
    epoch: number,
  ): Promise<Actor | undefined> {
    const done = this.#load(params, message, epoch).finally(() => this.#loading.delete(id));
    this.#loading.set(id, { done, waiting: 0 });
    return done;
  }

  async #load(params: ActorParams, message: AnyMessage | undefined, epoch: number): Promise<Actor | undefined> {
    const history = await this.#journalOf(params)?.read();
    // The shard may have left while its log was read: whoever owns it now acts for the actor.
    if (this.#epochOf(params) !== epoch) throw this.#notOwned(params);
    if (history === undefined || history.records.length === 0) return this.#create(params, message, epoch);
    // Whoever was replaced and has not noticed yet must not take the actor back from its new owner.
    if (history.tail.epoch > epoch) {
      const newer = `${this.#kind.name} ${this.#options.idOf(params)} has an owner of epoch ${history.tail.epoch}`;
      throw new TuttiError('not_owner', `${newer}; this process owned it under epoch ${epoch}`);
    }
    const actor = this.#build(params, epoch);
    actor.recover(history.records, history.tail);
    if (actor.ended) this.#stopped(actor, 'retired');
    else this.#options.onActor?.(actor, 'recovered');
    return actor;
  }

  #create(params: ActorParams, message: AnyMessage | undefined, epoch: number): Actor | undefined {
    const { creates } = this.#kind;
    if (!creates.includes('*') && (message === undefined || !creates.includes(message.type))) return undefined;
    if (this.#options.mayCreate?.(params, message) === false) return undefined;
    const actor = this.#build(params, epoch);
    actor.start(this.#kind.input(params, message, epoch));
    this.#options.onActor?.(actor, 'started');
    return actor;
  }

  #build(params: ActorParams, ownerEpoch: number): Actor {
    const id = this.#options.idOf(params);
    const { maxActors } = this.#limits;
    if (this.#actors.size >= maxActors) {
      throw new TuttiError('overloaded', `This process hosts ${maxActors} ${this.#kind.name} actors (maxActors)`);
    }
    const actor = new Actor({
      ports: this.#kind.durable ? this.#ports : { ...this.#ports, clock: steadyFrom(this.#ports.clock) },
      kind: this.#kind,
      stepper: this.#stepper,
      id,
      params,
      journal: this.#kind.durable ? this.#journalOf(params) : undefined,
      ownerEpoch,
      owner: this.#exchange.identity,
      limits: this.#limits,
      perform: (effect, cause, by) => this.#perform(effect, cause, by),
      stopped: (by, reason) => this.#stopped(by, reason),
      revived: (by) => this.#revived(by),
    });
    this.#actors.set(id, actor);
    if (this.#kind.durable) this.#passivation.arm();
    return actor;
  }

  #journalOf(params: ActorParams): Journal | undefined {
    const key = this.#options.logKeyOf?.(params);
    return key === undefined ? undefined : this.#journals.open(key);
  }

  #stopped(actor: Actor, reason: StopReason): void {
    if (this.#actors.get(actor.id) === actor) this.#actors.delete(actor.id);
    this.#ended.delete(actor.id);
    const first = this.#first.get(actor);
    if (reason === 'known' && first !== undefined) this.#receiveAgain(first.incoming, first.cause);
    if (reason === 'retired' && this.#kind.durable) this.#ended.set(actor.id, actor);
    this.#options.onActor?.(actor, reason);
  }

  #revived(actor: Actor): void {
    this.#ended.delete(actor.id);
    this.#actors.set(actor.id, actor);
    if (this.#kind.durable) this.#passivation.arm();
    this.#options.onActor?.(actor, 'revived');
  }

  #receive(incoming: Incoming): void {
    // What changes nothing is answered again: its answers may be large, and newer ones are better.
    const id = this.#kind.accepts[incoming.message.type] === 'volatile' ? undefined : incoming.id;
    const known = id === undefined ? undefined : this.#answered.get(id);
    if (known !== undefined) {
      if (known !== REPEATED) incoming.reply?.(known);
      return;
    }
    const cause = id === undefined ? incoming : this.#remembering(id, incoming.reply);
    try {
      const actor = this.#find(this.#paramsOf(incoming.subject), incoming.message);
      if (actor instanceof Promise) this.#feedLater(actor, incoming, cause);
      else this.#feed(actor, incoming, cause);
    } catch (error) {
      this.#failed(incoming, cause, error);
    }
  }

  /** The actor has a log after all: it is loaded, and the message that was taken for its first is a later one. */
  #receiveAgain(incoming: Incoming, cause: Cause): void {
    try {
      const params = this.#paramsOf(incoming.subject);
      const epoch = this.#epochOf(params);
      if (epoch === undefined) throw this.#notOwned(params);
      const id = this.#options.idOf(params);
      const loading = this.#loading.get(id)?.done ?? this.#beginLoading(id, params, incoming.message, epoch);
      this.#feedLater(loading, incoming, cause);
    } catch (error) {
      this.#failed(incoming, cause, error);
    }
  }

  #feedLater(actor: Promise<Actor | undefined>, incoming: Incoming, cause: Cause): void {
    actor.then((a) => this.#feed(a, incoming, cause)).catch((error) => this.#failed(incoming, cause, error));
  }

  #feed(actor: Actor | undefined, incoming: Incoming, cause: Cause): void {
    if (actor === undefined) return refuse(cause, 'unknown_run', `No actor answers on ${incoming.subject}`);
    // The message is kept no longer than it may have to be taken again.
    if (!actor.isPresumedNew) this.#first.delete(actor);
    else if (!this.#first.has(actor)) this.#first.set(actor, { incoming, cause });
    actor.receive(eventOf(incoming), cause);
  }

  /** Remembers the answer under the message's id, so that a repeated message gets the first answer. */
  #remembering(id: string, reply: Incoming['reply']): Cause {
    this.#answered.set(id, REPEATED);
    if (reply === undefined) return {};
    return {
      reply: (message) => {
        this.#answered.set(id, message);
        reply(message);
      },
    };
  }

  #failed(incoming: Incoming, cause: Cause, error: unknown): void {
    const { code, message } = TuttiError.from(error);
    if (code !== 'not_owner')
      this.#ports.log.warn({ subject: incoming.subject, code, err: error }, 'a message found no actor');
    refuse(cause, code, message);
    if (incoming.id !== undefined) this.#answered.delete(incoming.id);
  }

  #paramsOf(subject: string): ActorParams {
    for (const name of this.#options.subjects) {
      const params = this.#ports.subjects.parse(name, subject);
      if (params !== undefined) return params as ActorParams;
    }
    throw new TuttiError('bad_subject', `${subject} leads to no ${this.#kind.name} actor`);
  }

  #perform(effect: Effect, cause: Cause, actor: Actor): void {
    switch (effect.type) {
      case 'reply':
        return cause.reply?.(effect.params.message);
      case 'tell':
        return this.#exchange.send(effect.params.to, effect.params.message);
      case 'ask':
        return this.#ask(effect.params, actor);
      case 'emit':
        return this.#emit(effect.params);
      case 'custom':
        return this.#options.custom?.(effect.params.name, effect.params.data, { actor, reply: cause.reply });
      case 'retire':
      case 'revive':
        return;
    }
  }

  /** Where the bus knows that nobody listens, nothing is written. */
  #emit(params: EmitParams): void {
    const { bus } = this.#ports;
    if (bus.hears?.(params.to) === false) return;
    // Who reads of it compares the time with other processes': without a log the actor's own is good for spans only.
    publishJson(bus, params.to, toEvent(this.#kind.durable ? params : { ...params, at: this.#ports.clock.now() }));
  }

  #ask({ to, message, timeoutMs, call }: AskParams, actor: Actor): void {
    this.#exchange.call(to, message, timeoutMs, (answer) => {
      if (!(answer instanceof TuttiError)) return actor.receive(eventOf(answer));
      const failed = { call, code: answer.code, message: answer.message, retryable: answer.retryable };
      actor.receive({ type: 'call.failed', ...failed, from: this.#exchange.identity } as EventObject);
    });
  }
}

/** A message as the machine sees it: a copy, to be stamped, for the message may be somebody else's too. */
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

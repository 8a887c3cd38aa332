/**
 * Hosts the actors of one kind in this process: finds the actor a message is for, loads it when it has a log, feeds it,
 * performs what it wants done.
 */

import { encode, type Subscription } from '@tutti/bus';
import { type AnyMessage, type SubjectName, seal, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { LRUCache } from 'lru-cache';
import { Actor } from './actor.ts';
import type { StopReason } from './actor-deps.ts';
import { Addresses } from './addresses.ts';
import { type Cause, refuse } from './batch.ts';
import { type Checkpoint, isOwnState } from './checkpoint.ts';
import type { Exchange, Incoming } from './exchange.ts';
import { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
import type { HostOptions } from './host-options.ts';
import { createBusJournals, type History, type Journal, type Journals } from './journal.ts';
import type { ActorKind, ActorParams } from './kind.ts';
import { Passivation } from './passivation.ts';
import { eventOf, Performer } from './performer.ts';
import type { KernelPorts } from './ports.ts';
import { createRemembered, REPEATED, type Remembered } from './remembered.ts';
import { steadyFrom } from './steady.ts';
import { createStepper, type Stepper } from './stepper.ts';
import { toldBy } from './told.ts';

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
  /** The same, and resolves once nothing of it is loaded or written here: its log may go. */
  forget(id: string): Promise<void>;
  /** After a break of the connection: has every durable actor look whether its log still has what was acknowledged. */
  checkTails(): Promise<void>;
  /** Every actor in memory, ended ones included. */
  all(): Iterable<Actor>;
  /**
   * The events from a sequence on that the actor's journal caused, in order, as they were published: the journal is replayed
   * for them, as much of it as that takes. What the actor has told already and not written yet is written first: whoever asks
   * for a gap wants what fills it.
   */
  events(params: ActorParams, fromSeq?: number): Promise<readonly TuttiEvent[]>;
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
  readonly #performer: Performer;
  readonly #actors = new Map<string, Actor>();
  readonly #ended: LRUCache<string, Actor>;
  readonly #loading = new Map<string, { readonly done: Promise<Actor | undefined>; waiting: number }>();
  readonly #answered: Remembered;
  readonly #passivation: Passivation;
  readonly #addresses: Addresses;
  readonly #journals: Journals;
  /** The message that an actor is stepping. */
  #feeding: Incoming | undefined;
  /** The message that each actor was made for, while its log may turn out not to be empty. */
  readonly #first = new WeakMap<Actor, { readonly incoming: Incoming; readonly cause: Cause }>();

  constructor(ports: KernelPorts, exchange: Exchange, kind: ActorKind, options: HostOptions) {
    this.#ports = { ...ports, log: ports.log.child({ kind: kind.name }) };
    this.#exchange = exchange;
    this.#kind = kind;
    this.#options = options;
    this.#limits = { ...DEFAULT_HOST_LIMITS, ...options.limits };
    this.#stepper = createStepper(kind.machine);
    this.#addresses = new Addresses(ports.subjects, options.subjects, kind.name);
    this.#performer = new Performer(this.#ports, exchange, kind, options.custom, options.emitted);
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

  async checkTails(): Promise<void> {
    // One after another: the broker has just come back, and what is needed at once is found out by its own append.
    for (const actor of [...this.all()]) await actor.checkTail();
  }

  drop(id: string): void {
    this.get(id)?.stop('released');
  }

  async forget(id: string): Promise<void> {
    // Whoever is being loaded is here in a moment, and not found before.
    await this.#loading.get(id)?.done.catch(() => undefined);
    await this.get(id)?.quiet();
    this.drop(id);
  }

  async events(params: ActorParams, fromSeq = 1): Promise<readonly TuttiEvent[]> {
    await this.get(this.#options.idOf(params))?.settled();
    const isBefore = (checkpoint: Checkpoint): boolean =>
      checkpoint.told < fromSeq && isOwnState(this.#kind, checkpoint);
    const { records = [], from } = (await this.#journalOf(params)?.read(isBefore)) ?? {};
    return toldBy(this.#stepper, records, from?.snapshot).filter(({ seq = 0 }) => seq >= fromSeq);
  }

  /** The actor in memory, or a promise of it where its log has to be read; undefined when there is none. */
  #find(params: ActorParams, message: AnyMessage | undefined): Promise<Actor | undefined> | Actor | undefined {
    const id = this.#options.idOf(params);
    const under = this.#loading.get(id);
    const present = under === undefined ? this.get(id) : undefined;
    if (present !== undefined && this.#isOurs(present)) return present;
    const epoch = this.#epochOf(params);
    if (epoch === undefined) throw this.#notOwned(params);
    if (!this.#kind.durable) return this.#create(params, message, epoch);
    if (under === undefined && this.#isPresumedNew(message)) return this.#create(params, message, epoch);
    if (under === undefined) return this.#beginLoading(id, params, message, epoch);
    if (under.waiting++ >= this.#limits.maxLoading) {
      throw new TuttiError('overloaded', `${this.#limits.maxLoading} messages wait for ${id} to load (maxLoading)`);
    }
    return under.done.then((actor) => actor ?? this.#find(params, message));
  }

  /** No append fences an actor that has no log: it stops by itself once the process owns it no more, as after a long pause. */
  #isOurs(actor: Actor): boolean {
    if (this.#kind.durable || this.#epochOf(actor.params) === actor.ownerEpoch) return true;
    actor.stop('released');
    return false;
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
    const done = this.#loadWatched(params, message, epoch);
    this.#loading.set(id, { done, waiting: 0 });
    // Just before whoever began the loading is fed, so that nothing else is fed before: it may have made the actor.
    const over = (): void => void this.#loading.delete(id);
    done.then(over, over);
    return done;
  }

  async #loadWatched(params: ActorParams, message: AnyMessage | undefined, epoch: number): Promise<Actor | undefined> {
    try {
      return await this.#load(params, message, epoch);
    } catch (error) {
      this.#options.loading?.failed(params, TuttiError.from(error));
      throw error;
    }
  }

  async #load(
    params: ActorParams,
    message: AnyMessage | undefined,
    epoch: number,
    accepts = (checkpoint: Checkpoint): boolean => isOwnState(this.#kind, checkpoint),
  ): Promise<Actor | undefined> {
    const journal = this.#journalOf(params);
    const history = await journal?.read(accepts);
    if (history !== undefined && history.records.length > 0) await this.#options.loading?.allow(params);
    // The shard may have left while its log was read: whoever owns it now acts for the actor.
    if (this.#epochOf(params) !== epoch) throw this.#notOwned(params);
    if (history === undefined || history.records.length === 0) return this.#create(params, message, epoch);
    // Whoever was replaced and has not noticed yet must not take the actor back from its new owner.
    if (history.tail.epoch > epoch) {
      this.#options.outdated?.(params, history.tail.epoch);
      const newer = `${this.#kind.name} ${this.#options.idOf(params)} has an owner of epoch ${history.tail.epoch}`;
      throw new TuttiError('not_owner', `${newer}; this process owned it under epoch ${epoch}`);
    }
    const actor = this.#recovered(this.#build(params, epoch, journal), history);
    if (actor === undefined) return this.#load(params, message, epoch, () => false);
    if (actor.ended) this.#stopped(actor, 'retired');
    else this.#options.onActor?.(actor, 'recovered');
    return actor;
  }

  /** An actor that cannot be replayed is not here. Undefined: its state is of no use, and all of its records are to be read. */
  #recovered(actor: Actor, history: History): Actor | undefined {
    try {
      actor.recover(history);
      return actor;
    } catch (error) {
      this.#actors.delete(actor.id);
      if (history.from === undefined) throw error;
      this.#ports.log.warn({ actor: actor.id, err: error }, 'the state of a checkpoint is of no use; all is replayed');
      return undefined;
    }
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

  /** `journal`: the one that was read; it knows what its log ends with. */
  #build(params: ActorParams, ownerEpoch: number, journal = this.#journalOf(params)): Actor {
    const id = this.#options.idOf(params);
    const { maxActors } = this.#limits;
    if (this.#actors.size >= maxActors) {
      throw new TuttiError('overloaded', `This process hosts ${maxActors} ${this.#kind.name} actors (maxActors)`);
    }
    const clock = steadyFrom(this.#ports.clock, () => this.#isOurs(actor));
    const actor: Actor = new Actor({
      ports: this.#kind.durable ? this.#ports : { ...this.#ports, clock },
      kind: this.#kind,
      stepper: this.#stepper,
      id,
      params,
      journal: this.#kind.durable ? journal : undefined,
      ownerEpoch,
      owner: this.#exchange.identity,
      limits: this.#limits,
      perform: (effect, cause, by) => this.#performer.perform(effect, cause, by),
      broke: (error) => this.#broke(error),
      stopped: (by, reason, error) => this.#stopped(by, reason, error),
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

  #stopped(actor: Actor, reason: StopReason, error?: TuttiError): void {
    if (error?.code === 'log_truncated') this.#options.loading?.failed(actor.params, error);
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
    if (this.#options.besides?.(incoming) === true) return;
    // What changes nothing is answered again: its answers may be large, and newer ones are better.
    const isAnsweredAnew = this.#kind.accepts[incoming.message.type] === 'volatile' || incoming.id === undefined;
    const id = isAnsweredAnew ? undefined : `${incoming.id} ${incoming.subject}`;
    const known = id === undefined ? undefined : this.#answered.get(id);
    if (known !== undefined) {
      if (known !== REPEATED) incoming.reply?.(known);
      return;
    }
    const cause = id === undefined ? incoming : this.#remembering(id, incoming.reply);
    try {
      const actor = this.#find(this.#addresses.paramsOf(incoming.subject), incoming.message);
      if (actor instanceof Promise) this.#feedLater(actor, incoming, cause);
      else this.#feed(actor, incoming, cause);
    } catch (error) {
      this.#failed(incoming, cause, error);
    }
  }

  /** The actor has a log after all: it is loaded, and the message that was taken for its first is a later one. */
  #receiveAgain(incoming: Incoming, cause: Cause): void {
    try {
      const params = this.#addresses.paramsOf(incoming.subject);
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
    this.#feeding = incoming;
    actor.receive(eventOf(incoming), cause);
    this.#feeding = undefined;
  }

  /** The message that a machine broke on goes aside. A timer or an answer is in the journal, or comes again. */
  #broke(error: unknown): void {
    if (this.#feeding === undefined) return;
    const { subject, from, message } = this.#feeding;
    const { data, contentType } = encode(seal(message, from));
    this.#ports.setAside?.({ subject, data, contentType, from, error: TuttiError.from(error) });
  }

  /** Remembers the answer under the message's id, so that a repeated message gets the first answer; a refusal is none. */
  #remembering(id: string, reply: Incoming['reply']): Cause {
    this.#answered.set(id, REPEATED);
    const forget = (): void => void this.#answered.delete(id);
    if (reply === undefined) return { forget };
    return {
      forget,
      reply: (message) => {
        this.#answered.set(id, message);
        // An answer that is too large to be remembered has taken the mark with it.
        if (this.#answered.get(id) === undefined) this.#answered.set(id, REPEATED);
        reply(message);
      },
    };
  }

  #failed(incoming: Incoming, cause: Cause, error: unknown): void {
    const { code, message } = TuttiError.from(error);
    if (code !== 'not_owner')
      this.#ports.log.warn({ subject: incoming.subject, code, err: error }, 'a message found no actor');
    refuse(cause, code, message);
  }
}

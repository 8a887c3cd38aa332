/**
 * One hosted actor: a snapshot, its mailbox and, when it is durable, its journal.
 *
 * Invariants, held by `actor.test.ts` and by the simulation:
 *  1. An effect of a durable event is performed only after the append of that event was acknowledged; so is one of a lazy
 *     event that follows it or ends the actor.
 *  2. At most one append is in flight; what arrives meanwhile is stepped on top and rides in the next record.
 *  3. A refused append (`fenced`) stops the actor at once: nothing more is stepped, performed or answered as done.
 *  4. A step that throws leaves the snapshot as it was and is answered `internal_error`; the actor lives on.
 *  5. An effect that cannot be performed keeps no other effect back.
 *  6. A volatile event never changes the snapshot. Timers that it sets die with the process.
 */
import { TuttiError } from '@tutti/contracts';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { ActorDeps, StopReason, TimedEvent } from './actor-deps.ts';
import { type Batch, type Cause, emptyBatch, type PendingEffect, refuse } from './batch.ts';
import { draftOf, isOfAll } from './draft.ts';
import type { Effect } from './effects.ts';
import { type Draft, EMPTY_TAIL, type JournalEvent, type JournalRecord, type Tail } from './journal.ts';
import { type ActorParams, type Durability, isVolatile } from './kind.ts';
import { cutInTwo } from './large-record.ts';
import { assertReadable, replay } from './replay.ts';
import type { Step } from './stepper.ts';
import { type ActorTimers, createTimers } from './timers.ts';

const PLAIN: Cause = {};

export class Actor {
  readonly #deps: ActorDeps;
  readonly #timers: ActorTimers;
  #snapshot: AnyMachineSnapshot | undefined;
  #tail: Tail = EMPTY_TAIL;
  #batch: Batch = emptyBatch();
  #inFlight: Batch | undefined;
  #lazyTimer: { cancel(): void } | undefined;
  #isFlushing = false;
  #isChecking = false;
  #isToldFull = false;
  #lastAt = 0;
  #usedAtMs: number;
  #stopped: StopReason | undefined;
  #ended = false;
  /** Whether it is done by all that was stepped so far; it has ended once that is durable. */
  #isDone = false;
  /** It was loaded after its end: whoever writes next takes it over, and has to say so first. */
  #isUnannounced = false;
  /** Of the message that the actor was made for: whoever takes it again answers it. */
  #firstCause: Cause | undefined;

  constructor(deps: ActorDeps) {
    this.#deps = deps;
    this.#usedAtMs = deps.ports.clock.monotonic();
    this.#timers = createTimers(deps.ports.clock, (event) => this.receive(event));
  }

  get id(): string {
    return this.#deps.id;
  }
  get params(): ActorParams {
    return this.#deps.params;
  }
  get ownerEpoch(): number {
    return this.#deps.ownerEpoch;
  }
  /** The head: every event stepped so far, durable or not yet. */
  get snapshot(): AnyMachineSnapshot | undefined {
    return this.#snapshot;
  }
  get ended(): boolean {
    return this.#ended;
  }
  get stoppedBy(): StopReason | undefined {
    return this.#stopped;
  }
  /** Whether it only waits for messages: nothing is in flight, owed or timed. */
  get resting(): boolean {
    return !this.busy && this.#timers.count === 0;
  }
  /** When it last took an event, ms of the monotonic clock. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }
  /** Whether its log was not read and no record of it is acknowledged yet: the log may turn out not to be empty. */
  get isPresumedNew(): boolean {
    return this.#deps.kind.durable && this.#tail.n === 0 && this.#stopped === undefined;
  }
  /** Whether an append is in flight or owed. */
  get busy(): boolean {
    return this.#inFlight !== undefined || this.#batch.events.length > 0;
  }

  /** Starts a new actor. Its first record holds the input and the event that follows. */
  start(input: unknown): void {
    const step = this.#deps.stepper.start(input);
    const pending = step.effects.map((effect): PendingEffect => ({ effect, cause: PLAIN }));
    this.#snapshot = step.snapshot;
    this.#timers.apply(step, this.#now());
    if (!this.#deps.kind.durable) return this.#perform(pending);
    this.#batch.input = input;
    this.#batch.effects.push(...pending);
  }

  /** Becomes the owner of an actor that has a log: replays it, then says so in the log before anything else. */
  recover(records: readonly JournalRecord[], tail: Tail): void {
    assertReadable(this.#deps.kind, records);
    this.#tail = tail;
    this.#ended = records.at(-1)?.end ?? false;
    this.#snapshot = replay(this.#deps.stepper, records, (step, at) => {
      this.#timers.apply(step, at, true);
      if (step.effects.some(({ type }) => type === 'retire')) this.#timers.clear();
    });
    this.#isDone = this.#ended;
    this.#isUnannounced = this.#ended;
    this.#lastAt = records.at(-1)?.time ?? 0;
    if (this.#ended) return this.#timers.clear();
    this.#timers.arm();
    this.#announce();
    this.#tellIfFull();
  }

  #announce(): void {
    const { ownerEpoch, owner } = this.#deps;
    this.#isUnannounced = false;
    this.#tell({ type: 'actor.recovered', ownerEpoch, owner } as EventObject);
  }

  #tellIfFull(): void {
    if (this.#isToldFull || this.#tail.n < (this.#deps.journal?.reserveFrom ?? Number.POSITIVE_INFINITY)) return;
    this.#isToldFull = true;
    this.#tell({ type: 'log.filled' });
  }

  /** What the kernel itself has to say, to kinds that take it. */
  #tell(event: EventObject): void {
    if (this.#deps.kind.accepts[event.type] !== undefined) this.receive(event);
  }

  /** Takes one event over, a validated message, a timer, or an answer, and stamps it with its time. Never throws. */
  receive(event: EventObject, cause: Cause = PLAIN): void {
    const snapshot = this.#snapshot;
    if (this.#stopped !== undefined || snapshot === undefined)
      return refuse(cause, 'not_owner', `Actor ${this.id} is not here any more`);
    const durability = this.#durabilityOf(event.type);
    if (durability === undefined) return this.#unexpected(event, snapshot, cause);
    // A timer or an answer comes once and from nobody who would repeat it; there are no more than the actor asked for.
    if (this.#batch.events.length >= this.#deps.limits.maxPending && cause !== PLAIN) {
      return refuse(
        cause,
        'overloaded',
        `Actor ${this.id} has ${this.#deps.limits.maxPending} events waiting (maxPending)`,
      );
    }
    if (this.#isUnannounced && durability === 'durable') {
      this.#announce();
      return this.receive(event, cause);
    }
    const timed = event as EventObject & { at: number };
    timed.at = this.#now();
    this.#usedAtMs = this.#deps.ports.clock.monotonic();
    if (this.#tail.n === 0) this.#firstCause ??= cause;
    let step: Step;
    try {
      step = this.#deps.stepper.step(snapshot, timed);
      if (isVolatile(durability) && this.#deps.kind.durable) this.#assertUnchanged(step, timed);
    } catch (error) {
      this.#deps.ports.log.error({ actor: this.id, event: event.type, err: error }, 'a step failed; the state stays');
      this.#deps.broke(error);
      return refuse(cause, 'internal_error', `The step ${event.type} of ${this.id} failed: ${String(error)}`);
    }
    const idle = step.snapshot === snapshot && step.effects.length + step.set.length + step.cleared.length === 0;
    if (idle) return this.#deps.stepper.can(snapshot, timed) ? undefined : this.#unexpected(event, snapshot, cause);
    this.#advance(step, timed.at, cause, durability, timed);
  }

  /**
   * Stops at once. What was not performed never will be; what was not acknowledged is not promised. `error`: why what is in
   * flight never can be appended, which its senders are told; the others may repeat what they sent.
   */
  stop(reason: StopReason, error?: TuttiError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#timers.clear();
    this.#lazyTimer?.cancel();
    const why = `Actor ${this.id} stopped here (${reason})`;
    for (const batch of [this.#inFlight, this.#batch]) {
      const isFinal = error !== undefined && batch === this.#inFlight;
      for (const { cause } of batch?.effects ?? []) {
        if (reason !== 'known' || cause !== this.#firstCause)
          refuse(cause, isFinal ? error.code : 'not_owner', isFinal ? `${why}: ${error.message}` : why);
      }
      for (const resolve of batch?.waiting ?? []) resolve();
    }
    this.#deps.stopped(this, reason, error);
  }

  /** After a break of the connection: looks whether the log still has what was acknowledged, before anybody needs it. */
  async checkTail(): Promise<void> {
    const { journal } = this.#deps;
    if (journal?.check === undefined || this.#inFlight !== undefined || this.#isChecking || this.#stopped !== undefined)
      return;
    this.#isChecking = true;
    try {
      this.#tail = await journal.check(this.#tail);
    } catch (error) {
      this.#checkFailed(TuttiError.from(error));
    } finally {
      this.#isChecking = false;
    }
    if (this.#batch.events.length > 0) this.#flush();
  }

  #checkFailed(error: TuttiError): void {
    this.#deps.ports.log.error({ actor: this.id, code: error.code, err: error }, 'the log has changed meanwhile');
    if (!error.retryable) return this.stop(error.code === 'fenced' ? 'fenced' : 'broken', error);
    const { ports, limits } = this.#deps;
    ports.clock.after(limits.appendRetryMs, () => void this.checkTail(), true);
  }

  /** Writes what only lingers; resolves once everything stepped so far is in the log, or the actor has stopped. */
  settled(): Promise<void> {
    const batch = this.#batch.events.length > 0 ? this.#batch : this.#inFlight;
    if (batch === undefined || this.#stopped !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      batch.waiting.push(resolve);
      if (batch === this.#inFlight) return;
      batch.durable = true;
      this.#flush();
    });
  }

  #durabilityOf(type: string): Durability | undefined {
    const { kind } = this.#deps;
    const isInternal = type.startsWith('xstate.') || type.startsWith('timer.');
    const named = kind.accepts[type] ?? (isInternal ? 'durable' : undefined);
    return named === undefined || kind.durable ? named : 'prompt';
  }

  #unexpected(event: EventObject, snapshot: AnyMachineSnapshot, cause: Cause): void {
    const state = JSON.stringify(snapshot.value);
    refuse(cause, 'unexpected_event', `${this.#deps.kind.name} ${this.id} cannot take ${event.type} in state ${state}`);
  }

  /** Takes the step's snapshot and decides when its effects may be performed. */
  #advance(step: Step, at: number, cause: Cause, durability: Durability, event: TimedEvent): void {
    const pending = step.effects.map((effect): PendingEffect => ({ effect, cause }));
    if (!this.#deps.kind.durable) {
      this.#snapshot = step.snapshot;
      this.#timers.apply(step, at);
      return this.#perform(pending);
    }
    if (isVolatile(durability)) {
      this.#timers.apply(step, at);
      return durability === 'volatile' ? this.#afterAppends(pending) : this.#perform(pending);
    }
    this.#snapshot = step.snapshot;
    this.#timers.apply(step, at);
    this.#batch.events.push(event as JournalEvent);
    for (const { effect } of pending) {
      if (effect.type === 'retire') this.#batch.end = this.#isDone = true;
      else if (effect.type === 'revive') this.#revive();
    }
    if (durability === 'lazy' && !this.#owesDurable && !this.#batch.end) return this.#later(pending);
    this.#batch.durable = true;
    this.#batch.effects.push(...pending);
    this.#flushSoon();
  }

  /** What comes in the same turn of the process rides in the same record: it costs one append instead of two. */
  #flushSoon(): void {
    if (this.#inFlight !== undefined || this.#isFlushing) return;
    this.#isFlushing = true;
    this.#deps.ports.clock.soon(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** Whether effects wait for an append. */
  get #owesDurable(): boolean {
    return this.#batch.durable || this.#inFlight?.durable === true;
  }

  #assertUnchanged(step: Step, event: TimedEvent): void {
    if (step.snapshot === this.#snapshot) return;
    throw new Error(`${this.#deps.kind.name}: the volatile event ${event.type} must not change the state`);
  }

  /** Performs lazy effects now; their record follows with the next append or when the lazy time is over. */
  #later(pending: readonly PendingEffect[]): void {
    this.#perform(pending);
    if (this.#inFlight === undefined) this.#flushLater();
  }

  #flushLater(): void {
    if (this.#stopped !== undefined) return;
    this.#lazyTimer ??= this.#deps.ports.clock.after(this.#deps.limits.lazyFlushMs, () => this.#flush(), true);
  }

  /** Performs once everything stepped so far is durable: now, or with the last batch that is not. */
  #afterAppends(pending: readonly PendingEffect[]): void {
    if (this.#batch.durable) this.#batch.effects.push(...pending);
    else if (this.#inFlight?.durable === true) this.#inFlight.effects.push(...pending);
    else this.#perform(pending);
  }

  #perform(pending: readonly PendingEffect[]): void {
    for (const { effect, cause } of pending) {
      if (this.#stopped !== undefined) return;
      if (effect.type === 'retire') this.#retire();
      else this.#performOne(effect, cause);
    }
  }

  /** One effect that cannot be performed keeps no other back: it is logged, and an awaited answer becomes the error. */
  #performOne(effect: Effect, cause: Cause): void {
    try {
      this.#deps.perform(effect, cause, this);
    } catch (error) {
      this.#deps.ports.log.error(
        { actor: this.id, effect: effect.type, err: error },
        'an effect could not be performed',
      );
      if (effect.type === 'reply') refuse(cause, TuttiError.from(error).code, TuttiError.from(error).message);
    }
  }

  /** At once, not with the append: what is stepped from here on is recorded as of an actor that goes on. */
  #revive(): void {
    this.#batch.end = this.#isDone = this.#isToldFull = false;
    if (!this.#ended) return;
    this.#ended = false;
    this.#deps.revived(this);
  }

  #retire(): void {
    // It was revived before its end was durable.
    if (this.#deps.kind.durable && !this.#isDone) return;
    this.#ended = true;
    this.#timers.clear();
    if (!this.#deps.kind.durable) return this.stop('retired');
    this.#deps.stopped(this, 'retired');
  }

  #flush(): void {
    this.#lazyTimer?.cancel();
    this.#lazyTimer = undefined;
    if (this.#inFlight !== undefined || this.#isChecking || this.#stopped !== undefined) return;
    const batch = this.#batch;
    if (batch.events.length === 0 && batch.input === undefined) return;
    this.#batch = emptyBatch();
    this.#inFlight = batch;
    this.#append(batch, draftOf(this.#deps, batch, this.#tail, this.#lastAt, this.#ended));
  }

  #append(batch: Batch, draft: Draft, rest?: Draft): void {
    const { journal } = this.#deps;
    if (journal === undefined) throw new Error('A durable actor has no journal');
    const failed = (error: unknown): void => this.#appendFailed(batch, draft, rest, TuttiError.from(error));
    try {
      const tail = journal.append(this.#tail, draft);
      if (tail instanceof Promise) tail.then((t) => this.#appended(batch, t, rest), failed);
      else this.#appended(batch, tail, rest);
    } catch (error) {
      failed(error);
    }
  }

  #appended(batch: Batch, tail: Tail, rest: Draft | undefined): void {
    this.#tail = tail;
    this.#firstCause = undefined;
    if (this.#stopped !== undefined) return;
    this.#tellIfFull();
    if (rest !== undefined) return this.#append(batch, rest);
    this.#inFlight = undefined;
    this.#perform(batch.effects);
    for (const resolve of batch.waiting) resolve();
    if (this.#batch.durable) this.#flush();
    else if (this.#batch.events.length > 0) this.#flushLater();
  }

  /** What waits for a batch that is cut waits for its last part. */
  #appendFailed(batch: Batch, draft: Draft, rest: Draft | undefined, error: TuttiError): void {
    const { ports, limits } = this.#deps;
    if (this.#stopped !== undefined) return;
    if (error.code === 'body_too_large' && draft.events.length > 1)
      return this.#append(batch, ...cutInTwo(draft, rest, ports.ids.next()));
    if (error.code === 'fenced') return this.stop(this.isPresumedNew ? 'known' : 'fenced');
    ports.log.error({ actor: this.id, code: error.code, err: error }, 'a record could not be appended');
    if (!error.retryable) return this.stop('broken', isOfAll(error, batch) ? error : undefined);
    ports.clock.after(limits.appendRetryMs, () => {
      if (this.#stopped === undefined) this.#append(batch, draft, rest);
    });
  }

  #now(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#deps.ports.clock.now());
    return this.#lastAt;
  }
}

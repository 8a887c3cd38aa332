/**
 * One hosted actor: a snapshot, its mailbox and, when it is durable, a writer of its journal.
 *
 * Invariants, held by `actor.test.ts` and by the simulation; the writer (`writer.ts`) keeps the first two:
 *  1. An effect of a durable event is performed only after the append of that event was acknowledged; so is one of a lazy
 *     event that follows it, ends the actor or is firm.
 *  2. At most one append is in flight; what arrives meanwhile is stepped on top and rides in the next record.
 *  3. A refused append (`fenced`) stops the actor at once: nothing more is stepped, performed or answered as done.
 *  4. A step that throws leaves the snapshot as it was and is answered `internal_error`; the actor lives on.
 *  5. An effect that cannot be performed keeps no other effect back.
 *  6. Of effects that are performed together, those for other actors come before those for people, each kind in its order.
 *  7. A volatile event never changes the snapshot. Timers that it sets die with the process.
 */
import { TuttiError } from '@tutti/contracts';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import type { ActorDeps, StopReason, TimedEvent } from './actor-deps.ts';
import { type Cause, type PendingEffect, refuse } from './batch.ts';
import type { FrozenActor } from './checkpoint.ts';
import type { Effect } from './effects.ts';
import { instrumentsOf, type KernelInstruments } from './instruments.ts';
import type { History, JournalEvent } from './journal.ts';
import { type ActorParams, type Durability, isVolatile } from './kind.ts';
import { assertReadable, replay } from './replay.ts';
import { freeze, type Step } from './stepper.ts';
import { type ActorTimers, createTimers } from './timers.ts';
import { lastTold } from './told.ts';
import { type Author, Writer } from './writer.ts';

const PLAIN: Cause = {};

const isFirm = ({ effect }: PendingEffect): boolean => effect.type === 'firm';
const isPerformedLast = ({ type }: Effect): boolean => type === 'emit' || type === 'retire';

export class Actor {
  readonly #deps: ActorDeps;
  readonly #timers: ActorTimers;
  readonly #writer: Writer;
  readonly #instruments: KernelInstruments;
  #snapshot: AnyMachineSnapshot | undefined;
  #isToldFull = false;
  #lastAt = 0;
  /** Sequence of the last recorded event that it told. */
  #told = 0;
  /** Steps that broke. */
  #breaks = 0;
  #usedAtMs: number;
  #stopped: StopReason | undefined;
  #ended = false;
  /** Whether it is done by all that was stepped so far; it has ended once that is durable. */
  #isDone = false;
  /** What is being performed, and what came of it meanwhile. */
  #performing: (readonly PendingEffect[])[] | undefined;
  /** It was loaded after its end: whoever writes next takes it over, and has to say so first. */
  #isUnannounced = false;

  constructor(deps: ActorDeps) {
    this.#deps = deps;
    this.#instruments = instrumentsOf(deps.ports.meter);
    this.#usedAtMs = deps.ports.clock.monotonic();
    this.#timers = createTimers(deps.ports.clock, (event) => this.#ring(event));
    this.#writer = new Writer(deps, this.#author());
  }

  #author(): Author {
    return {
      isStopped: () => this.#stopped !== undefined,
      ended: () => this.#ended,
      lastAt: () => this.#lastAt,
      freeze: () => this.#freeze(),
      perform: (pending) => this.#perform(pending),
      acknowledged: () => this.#tellIfFull(),
      stop: (reason, error) => this.stop(reason, error),
    };
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
    return this.#writer.isQuiet && this.#timers.count() === 0;
  }
  /** When it last took an event, ms of the monotonic clock. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }
  /** Whether its log was not read and no record of it is acknowledged yet: the log may turn out not to be empty. */
  get isPresumedNew(): boolean {
    return this.#deps.kind.durable && this.#writer.tail.n === 0 && this.#stopped === undefined;
  }
  /** Whether an append is in flight or owed. */
  get busy(): boolean {
    return this.#writer.isBusy;
  }

  /** Starts a new actor. Its first record holds the input and the event that follows. */
  start(input: unknown): void {
    const step = this.#deps.stepper.start(input);
    const pending = step.effects.map((effect): PendingEffect => ({ effect, cause: PLAIN }));
    this.#snapshot = step.snapshot;
    this.#timers.apply(step, this.#now());
    if (!this.#deps.kind.durable) return this.#perform(pending);
    this.#writer.begin(input, pending);
  }

  /** Becomes the owner of an actor that has a log: replays it, then says so in the log before anything else. */
  recover(history: History): void {
    const { records, from, checkpoint } = history;
    assertReadable(this.#deps.kind, records, from === undefined ? undefined : checkpoint?.form);
    this.#writer.resume(history);
    this.#ended = records.at(-1)?.end ?? false;
    this.#timers.thaw(from?.timers ?? []);
    this.#told = from?.told ?? 0;
    const seen = (step: Step, at: number): void => {
      this.#timers.apply(step, at, true);
      if (step.effects.some(({ type }) => type === 'retire')) this.#timers.clear();
      this.#told = lastTold(step.effects, this.#told);
    };
    const { clock } = this.#deps.ports;
    const begunMs = clock.monotonic();
    this.#snapshot = replay(this.#deps.stepper, records, seen, from?.snapshot);
    this.#instruments.replays.record(clock.monotonic() - begunMs);
    this.#isDone = this.#ended;
    this.#isUnannounced = this.#ended;
    this.#lastAt = records.at(-1)?.time ?? 0;
    if (this.#ended) return this.#timers.clear();
    this.#timers.arm();
    this.#announce();
    this.#tellIfFull();
  }

  #freeze(): FrozenActor | undefined {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return undefined;
    return { snapshot: freeze(snapshot), timers: this.#timers.freeze(), told: this.#told };
  }

  #announce(): void {
    const { ownerEpoch, owner } = this.#deps;
    this.#isUnannounced = false;
    this.#tell({ type: 'actor.recovered', ownerEpoch, owner } as EventObject);
  }

  #tellIfFull(): void {
    if (this.#isToldFull || this.#writer.kept < (this.#deps.journal?.reserveFrom ?? Number.POSITIVE_INFINITY)) return;
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
    if (this.#writer.waiting >= this.#deps.limits.maxPending && cause !== PLAIN) {
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
    const timed = event as EventObject & { at: number; unwritten?: boolean };
    timed.at = this.#now();
    // What is not recorded may look at what is on its way; what is recorded must not.
    if (isVolatile(durability) && this.#writer.isBusy) timed.unwritten = true;
    this.#usedAtMs = this.#deps.ports.clock.monotonic();
    this.#writer.hears(cause);
    let step: Step;
    try {
      step = this.#deps.stepper.step(snapshot, timed);
      this.#instruments.steps.add();
      if (isVolatile(durability) && this.#deps.kind.durable) this.#assertUnchanged(step, timed);
    } catch (error) {
      this.#deps.ports.log.error({ actor: this.id, event: event.type, err: error }, 'a step failed; the state stays');
      this.#breaks += 1;
      this.#deps.broke(error);
      return refuse(cause, 'internal_error', `The step ${event.type} of ${this.id} failed: ${String(error)}`);
    }
    const idle = step.snapshot === snapshot && step.effects.length + step.set.length + step.cleared.length === 0;
    if (idle) return this.#deps.stepper.can(snapshot, timed) ? undefined : this.#unexpected(event, snapshot, cause);
    this.#advance(step, timed.at, cause, durability, timed);
  }

  /** False when the step of a timer broke. */
  #ring(event: EventObject): boolean {
    const before = this.#breaks;
    this.receive(event);
    return this.#breaks === before;
  }

  /**
   * Stops at once. What was not performed never will be; what was not acknowledged is not promised. `error`: why what is in
   * flight never can be appended, which its senders are told; the others may repeat what they sent.
   */
  stop(reason: StopReason, error?: TuttiError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#timers.clear();
    this.#writer.abandon(reason, error);
    this.#deps.stopped(this, reason, error);
  }

  /** After a break of the connection: looks whether the log still has what was acknowledged, before anybody needs it. */
  checkTail(): Promise<void> {
    return this.#writer.checkTail();
  }

  /** Writes what only lingers; resolves once everything stepped so far is in the log, or the actor has stopped. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }

  /** As `settled`, and nothing is stored beside the log any more: it may go. */
  quiet(): Promise<void> {
    return this.#writer.quiet();
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
      return durability === 'volatile' ? this.#writer.afterAll(pending) : this.#perform(pending);
    }
    this.#snapshot = step.snapshot;
    this.#timers.apply(step, at);
    this.#told = lastTold(step.effects, this.#told);
    this.#writer.add(event as JournalEvent, this.#endOf(pending));
    if (durability === 'lazy' && !pending.some(isFirm)) this.#writer.lazily(pending);
    else this.#writer.afterRecord(pending);
  }

  /** Whether the actor is done with a step, or goes on though it was; undefined when the step says nothing of that. */
  #endOf(pending: readonly PendingEffect[]): boolean | undefined {
    let end: boolean | undefined;
    for (const { effect } of pending) {
      if (effect.type === 'retire') end = this.#isDone = true;
      else if (effect.type === 'revive') {
        end = false;
        this.#revive();
      }
    }
    return end;
  }

  #assertUnchanged(step: Step, event: TimedEvent): void {
    if (step.snapshot === this.#snapshot) return;
    throw new Error(`${this.#deps.kind.name}: the volatile event ${event.type} must not change the state`);
  }

  /** An effect may step the actor again before it returns: what that wants follows what is being performed. */
  #perform(pending: readonly PendingEffect[]): void {
    if (this.#performing !== undefined) return void this.#performing.push(pending);
    this.#performing = [pending];
    try {
      for (const each of this.#performing) this.#performAll(each);
    } finally {
      this.#performing = undefined;
    }
  }

  /** What other actors wait for goes first, then what people are told, and the end of the actor in its place among that. */
  #performAll(pending: readonly PendingEffect[]): void {
    let isLast = false;
    for (const { effect, cause } of pending) {
      if (this.#stopped !== undefined) return;
      if (isPerformedLast(effect)) isLast = true;
      else this.#performOne(effect, cause);
    }
    if (isLast) this.#performLast(pending);
  }

  #performLast(pending: readonly PendingEffect[]): void {
    for (const { effect, cause } of pending) {
      if (this.#stopped !== undefined) return;
      if (effect.type === 'retire') this.#retire();
      else if (isPerformedLast(effect)) this.#performOne(effect, cause);
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
    this.#isDone = this.#isToldFull = false;
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

  #now(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#deps.ports.clock.now());
    return this.#lastAt;
  }
}

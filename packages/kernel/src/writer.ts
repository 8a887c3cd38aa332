/**
 * Writes what one durable actor steps: gathers events in batches, appends one batch at a time, and has performed what waited
 * for it.
 */
import { TuttiError } from '@tutti/contracts';
import type { Histogram } from '@tutti/telemetry';
import type { ActorDeps, StopReason } from './actor-deps.ts';
import { type Batch, type Cause, emptyBatch, type PendingEffect, refuse } from './batch.ts';
import { type FrozenActor, formsOf } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import { draftOf, isOfAll } from './draft.ts';
import { instrumentsOf } from './instruments.ts';
import { type Draft, EMPTY_TAIL, type History, type JournalEvent, type Tail } from './journal.ts';
import { cutInTwo } from './large-record.ts';

/** What is written is an actor's, and what comes of it too. */
export interface Author {
  /** Whether it stopped: nothing more is written or performed. */
  isStopped(): boolean;
  ended(): boolean;
  /** Time of the last event that was stepped, ms since 1970. */
  lastAt(): number;
  /** The actor as it is now; undefined while it has no state. */
  freeze(): FrozenActor | undefined;
  perform(pending: readonly PendingEffect[]): void;
  /** A record was acknowledged; what waited for it is not performed yet. */
  acknowledged(): void;
  /** `error`: why what is in flight never can be appended. */
  stop(reason: StopReason, error?: TuttiError): void;
}

type Deps = Pick<ActorDeps, 'id' | 'ports' | 'kind' | 'journal' | 'ownerEpoch' | 'limits'>;

export class Writer {
  readonly #deps: Deps;
  readonly #author: Author;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #appends: Histogram;
  #tail: Tail = EMPTY_TAIL;
  #batch: Batch = emptyBatch();
  #inFlight: Batch | undefined;
  #lazyTimer: { cancel(): void } | undefined;
  #isFlushing = false;
  #isChecking = false;
  /** Of the message that the actor was made for: whoever takes it again answers it. */
  #firstCause: Cause | undefined;

  constructor(deps: Deps, author: Author) {
    this.#deps = deps;
    this.#author = author;
    this.#appends = instrumentsOf(deps.ports.meter).appends;
    this.#checkpoints = checkpointsOf(deps, author, () => this.#flushLater());
  }

  get tail(): Tail {
    return this.#tail;
  }
  /** Number of records in the log. */
  get kept(): number {
    return this.#tail.n - (this.#checkpoints?.gone ?? 0);
  }
  /** Whether an append is in flight or owed. */
  get isBusy(): boolean {
    return this.#inFlight !== undefined || this.#batch.events.length > 0;
  }
  /** Whether nothing is written, nor stored beside the log. */
  get isQuiet(): boolean {
    return !this.isBusy && this.#checkpoints?.isBusy !== true;
  }
  /** Events that wait for the append in flight to end. */
  get waiting(): number {
    return this.#batch.events.length;
  }

  /** The first record of a log holds the machine's input, and the event that follows. */
  begin(input: unknown, pending: readonly PendingEffect[]): void {
    this.#batch.input = input;
    this.#batch.effects.push(...pending);
  }

  /** Goes on after the last record of a log that was read. */
  resume({ tail, checkpoint, gone }: Pick<History, 'tail' | 'checkpoint' | 'gone'>): void {
    this.#tail = tail;
    this.#checkpoints?.resume(checkpoint, gone);
  }

  /** Notes what an event is the answer to, before it is stepped. */
  hears(cause: Cause): void {
    if (this.#tail.n === 0) this.#firstCause ??= cause;
  }

  /** Takes an event that was stepped. `end`: whether the actor is done with it; undefined when it says nothing of that. */
  add(event: JournalEvent, end: boolean | undefined): void {
    this.#batch.events.push(event);
    if (end !== undefined) this.#batch.end = end;
  }

  /** Performs effects of the event that was added last once its record is acknowledged. */
  afterRecord(pending: readonly PendingEffect[]): void {
    this.#batch.durable = true;
    this.#batch.effects.push(...pending);
    this.#flushSoon();
  }

  /** Performs effects of a lazy event now, where nothing before them waits; its record follows. */
  lazily(pending: readonly PendingEffect[]): void {
    if (this.#owesDurable || this.#batch.end) return this.afterRecord(pending);
    this.#author.perform(pending);
    if (this.#inFlight === undefined) this.#flushLater();
  }

  /** Performs once everything stepped so far is durable: now, or with the last batch that is not. */
  afterAll(pending: readonly PendingEffect[]): void {
    if (this.#batch.durable) this.#batch.effects.push(...pending);
    else if (this.#inFlight?.durable === true) this.#inFlight.effects.push(...pending);
    else this.#author.perform(pending);
  }

  /** Writes what only lingers; resolves once everything stepped so far is in the log, or the actor has stopped. */
  settled(): Promise<void> {
    const batch = this.#batch.events.length > 0 ? this.#batch : this.#inFlight;
    return batch === undefined || this.#author.isStopped() ? Promise.resolve() : this.#written(batch);
  }

  /** Resolves once a batch is in the log, or the actor has stopped. */
  #written(batch: Batch): Promise<void> {
    return new Promise((resolve) => {
      batch.waiting.push(resolve);
      if (batch === this.#inFlight) return;
      batch.durable = true;
      this.#flush();
    });
  }

  /** Resolves once nothing is written nor stored beside the log, or the actor has stopped. */
  async quiet(): Promise<void> {
    while (!this.isQuiet && !this.#author.isStopped()) {
      await this.settled();
      await this.#checkpoints?.settled();
      if (this.#checkpoints?.isUnsaid === true) await this.#written(this.#batch);
    }
  }

  /** After a break of the connection: looks whether the log still has what was acknowledged, before anybody needs it. */
  async checkTail(): Promise<void> {
    const { journal } = this.#deps;
    if (journal?.check === undefined || this.#inFlight !== undefined || this.#isChecking || this.#author.isStopped())
      return;
    this.#isChecking = true;
    try {
      this.#tail = await journal.check(this.#tail);
    } catch (error) {
      this.#checkFailed(TuttiError.from(error));
    } finally {
      this.#isChecking = false;
    }
    // What was to be written meanwhile found the check under way.
    if (this.#batch.events.length > 0 || this.#batch.waiting.length > 0 || this.#checkpoints?.isUnsaid === true)
      this.#flush();
  }

  /** Writes nothing more. Whoever waits is told why: what was not acknowledged is not promised, and may be sent again. */
  abandon(reason: StopReason, error?: TuttiError): void {
    this.#lazyTimer?.cancel();
    this.#checkpoints?.stop(this.#inFlight?.checkpoint !== undefined);
    const why = `Actor ${this.#deps.id} stopped here (${reason})`;
    for (const batch of [this.#inFlight, this.#batch]) {
      const isFinal = error !== undefined && batch === this.#inFlight;
      for (const { cause } of batch?.effects ?? []) {
        if (reason !== 'known' || cause !== this.#firstCause)
          refuse(cause, isFinal ? error.code : 'not_owner', isFinal ? `${why}: ${error.message}` : why);
      }
      for (const resolve of batch?.waiting ?? []) resolve();
    }
  }

  #checkFailed(error: TuttiError): void {
    const { id, ports, limits } = this.#deps;
    ports.log.error({ actor: id, code: error.code, err: error }, 'the log has changed meanwhile');
    if (!error.retryable) return this.#author.stop(error.code === 'fenced' ? 'fenced' : 'broken', error);
    ports.clock.after(limits.appendRetryMs, () => void this.checkTail(), true);
  }

  /** Whether effects wait for an append. */
  get #owesDurable(): boolean {
    return this.#batch.durable || this.#inFlight?.durable === true;
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

  #flushLater(): void {
    if (this.#author.isStopped()) return;
    this.#lazyTimer ??= this.#deps.ports.clock.after(this.#deps.limits.lazyFlushMs, () => this.#flush(), true);
  }

  #flush(): void {
    this.#lazyTimer?.cancel();
    this.#lazyTimer = undefined;
    if (this.#inFlight !== undefined || this.#isChecking || this.#author.isStopped()) return;
    const batch = this.#batch;
    this.#batch = emptyBatch();
    if (batch.events.length === 0 && batch.input === undefined && this.#checkpoints?.isUnsaid !== true)
      return this.#done(batch);
    this.#inFlight = batch;
    batch.checkpoint = this.#checkpoints?.before(this.#tail.n);
    this.#append(batch, draftOf(this.#deps, batch, this.#tail, this.#author));
  }

  #append(batch: Batch, draft: Draft, rest?: Draft): void {
    const { journal } = this.#deps;
    if (journal === undefined) throw new Error('A durable actor has no journal');
    const failed = (error: unknown): void => this.#appendFailed(batch, draft, rest, TuttiError.from(error));
    const { clock } = this.#deps.ports;
    const begunMs = clock.monotonic();
    const appended = (tail: Tail): void => {
      this.#appends.record(clock.monotonic() - begunMs);
      this.#appended(batch, tail, rest);
    };
    try {
      const tail = journal.append(this.#tail, draft);
      if (tail instanceof Promise) tail.then(appended, failed);
      else appended(tail);
    } catch (error) {
      failed(error);
    }
  }

  #appended(batch: Batch, tail: Tail, rest: Draft | undefined): void {
    this.#tail = tail;
    this.#firstCause = undefined;
    if (this.#author.isStopped()) return;
    this.#author.acknowledged();
    if (rest !== undefined) return this.#append(batch, rest);
    this.#inFlight = undefined;
    this.#checkpoints?.after(tail, batch.checkpoint);
    this.#done(batch);
    if (this.#batch.durable) this.#flush();
    else if (this.#batch.events.length > 0) this.#flushLater();
  }

  /** All of a batch is in the log, or nothing of it is to be: what waited for that waits no longer. */
  #done(batch: Batch): void {
    this.#author.perform(batch.effects);
    for (const resolve of batch.waiting) resolve();
  }

  /** What waits for a batch that is cut waits for its last part. */
  #appendFailed(batch: Batch, draft: Draft, rest: Draft | undefined, error: TuttiError): void {
    const { id, ports, limits } = this.#deps;
    if (this.#author.isStopped()) return;
    if (error.code === 'body_too_large' && draft.events.length > 1)
      return this.#append(batch, ...cutInTwo(draft, rest, ports.ids.next()));
    if (error.code === 'fenced') return this.#author.stop(this.#tail.n === 0 ? 'known' : 'fenced');
    ports.log.error({ actor: id, code: error.code, err: error }, 'a record could not be appended');
    if (!error.retryable) return this.#author.stop('broken', isOfAll(error, batch) ? error : undefined);
    ports.clock.after(limits.appendRetryMs, () => {
      if (!this.#author.isStopped()) this.#append(batch, draft, rest);
    });
  }
}

function checkpointsOf(deps: Deps, { freeze }: Author, stored: () => void): Checkpoints | undefined {
  const { id, ports, kind, journal, limits } = deps;
  if (journal?.seal === undefined) return undefined;
  return new Checkpoints({ id, ports, journal, every: limits.checkpointEvery, forms: formsOf(kind), freeze, stored });
}

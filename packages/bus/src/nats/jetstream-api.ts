/** JetStream's API in requests of our own: JSON to `$JS.API.…`, through the multiplexer. */
import { TuttiError } from '@tutti/contracts';
import type { Msg } from 'nats';
import { unavailable } from '../errors.ts';
import type { Headers } from '../port.ts';
import { systemMonotonic, type Timers, wait } from '../timers.ts';
import { fromNats } from './errors.ts';
import type { Inbox, Multiplexer } from './multiplexer.ts';
import { parseHeaderBlock } from './wire.ts';

/** Codes of JetStream's error table that mean something here. */
export const JS_ERRORS = {
  noMessage: 10037,
  wrongLastSequence: 10071,
  /** The same on 2.12 and newer. */
  wrongLastSequenceConstant: 10164,
  /** On 2.12 and newer: of a message that does not follow what is there of its batch; where a stream takes none. */
  batchIncomplete: 10176,
  batchesDisabled: 10174,
  storeFailed: 10077,
  streamExists: 10058,
  consumerNotFound: 10014,
  streamNotFound: 10059,
} as const;

/** There is no room for what is to be stored: on the disk, in the account, in the stream. */
const FULL: ReadonlySet<number> = new Set([10002, 10023, 10047, JS_ERRORS.storeFailed]);
export const isFull = ({ err_code }: ApiError): boolean => FULL.has(err_code);

/** Errors of a cluster that is still finding its leaders; asking again helps. */
const TRANSIENT: ReadonlySet<number> = new Set([10005, 10008, 10009, 10023, 10028, 10074, 10118]);
export const TRANSIENT_WAIT_MS = 100;
const ATTEMPT_TIMEOUT_MS = 2_000;

export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

export type Answer<T> = T & { readonly error?: ApiError };

export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly timeMs: number;
}

const NO_RESPONDERS_STATUS = 503;
const EMPTY = new Uint8Array(0);

export const isNoResponders = (message: Msg): boolean =>
  message.data.length === 0 && message.headers?.code === NO_RESPONDERS_STATUS;

const isNotNow = (answer: { readonly error?: ApiError }): boolean => TRANSIENT.has(answer.error?.err_code ?? 0);

/** No answer, and not because the server said that it would give none. */
export const isSilence = (error: unknown): boolean =>
  error instanceof TuttiError && error.retryable && error.code !== 'broker_refused';

export class JetStreamApi {
  readonly mux: Multiplexer;
  readonly timers: Timers;
  readonly timeoutMs: number;
  private readonly publishRaw: (subject: string, data: Uint8Array, reply: string) => void;

  constructor(
    mux: Multiplexer,
    timers: Timers,
    timeoutMs: number,
    publishRaw: (subject: string, data: Uint8Array, reply: string) => void,
  ) {
    this.mux = mux;
    this.timers = timers;
    this.timeoutMs = timeoutMs;
    this.publishRaw = publishRaw;
  }

  /**
   * Asks until an answer comes that is not "not just now". Resolves with the answer or JetStream's own error in it.
   * Rejects with `broker_unavailable` when the time is up. Only for questions that may be asked twice.
   */
  async ask<T>(name: string, body: unknown): Promise<Answer<T>> {
    const deadline = this.deadline();
    for (;;) {
      const answer = await this.attempt<T>(name, body, ATTEMPT_TIMEOUT_MS);
      if (answer !== undefined && !isNotNow(answer)) return answer;
      if (this.isPast(deadline)) throw this.expired(name, answer?.error);
      await wait(this.timers, TRANSIENT_WAIT_MS);
    }
  }

  /** Asks as long as the answer is "not just now", but bears silence only once and so long: then `undefined`. */
  async askWithin<T>(silenceMs: number, name: string, body: unknown): Promise<Answer<T> | undefined> {
    const deadline = this.deadline();
    for (;;) {
      const answer = await this.attempt<T>(name, body, silenceMs);
      if (answer === undefined || !isNotNow(answer)) return answer;
      if (this.isPast(deadline)) throw this.expired(name, answer.error);
      await wait(this.timers, TRANSIENT_WAIT_MS);
    }
  }

  deadline(): number {
    return systemMonotonic() + this.timeoutMs;
  }

  isPast(deadline: number): boolean {
    return systemMonotonic() >= deadline;
  }

  /** The last message of a subject, or undefined. Answered by the stream's leader. */
  async last(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.get(stream, { last_by_subj: subject });
  }

  /** The first message from a sequence on whose subject matches a filter, or undefined. Answered by the leader. */
  async next(stream: string, fromSeq: number, filter: string): Promise<StoredMessage | undefined> {
    return this.get(stream, { seq: fromSeq, next_by_subj: filter });
  }

  open(listener: (message: Msg) => void): Inbox {
    return this.mux.open(listener);
  }

  send(name: string, body: unknown, reply: string): void {
    this.publishRaw(`$JS.API.${name}`, Buffer.from(JSON.stringify(body)), reply);
  }

  private async get(stream: string, query: object): Promise<StoredMessage | undefined> {
    const { error, message } = await this.ask<{ message: RawMessage }>(`STREAM.MSG.GET.${stream}`, query);
    if (error?.err_code === JS_ERRORS.noMessage) return undefined;
    if (error !== undefined) throw apiFailure(`reading from ${stream}`, error);
    return parseRaw(message);
  }

  /** One question and its answer; undefined when none came. */
  private async attempt<T>(name: string, body: unknown, silenceMs: number): Promise<Answer<T> | undefined> {
    const data = body === undefined ? EMPTY : Buffer.from(JSON.stringify(body));
    const timeoutMs = Math.min(silenceMs, this.timeoutMs);
    let message: Msg;
    try {
      message = await this.mux.ask({ subject: `$JS.API.${name}`, data, timeoutMs });
    } catch (error) {
      if (isSilence(error)) return undefined;
      throw error;
    }
    return isNoResponders(message) ? undefined : parseAnswer(message);
  }

  private expired(name: string, error: ApiError | undefined): TuttiError {
    const why = error === undefined ? 'no answer; is JetStream enabled?' : error.description;
    const text = `JetStream cannot do ${name} within ${this.timeoutMs} ms: ${why}`;
    return error !== undefined && isFull(error) ? new TuttiError('broker_full', text) : unavailable(text);
  }
}

/** The JSON of an answer; what is not JSON is a `broker_unavailable` like every other answer that makes no sense. */
export function parseAnswer<T>(message: Msg): T {
  let value: T;
  try {
    value = message.json<T>();
  } catch (error) {
    throw fromNats(error, 'reading an answer of JetStream');
  }
  return value;
}

interface RawMessage {
  readonly subject: string;
  readonly seq: number;
  readonly hdrs?: string;
  readonly data?: string;
  readonly time: string;
}

function parseRaw(raw: RawMessage): StoredMessage {
  const block = raw.hdrs === undefined ? '' : Buffer.from(raw.hdrs, 'base64').toString();
  return {
    subject: raw.subject,
    seq: raw.seq,
    data: Buffer.from(raw.data ?? '', 'base64'),
    headers: parseHeaderBlock(block),
    timeMs: Date.parse(raw.time),
  };
}

export function apiFailure(what: string, error: ApiError): TuttiError {
  const code = isFull(error) ? 'broker_full' : 'broker_unavailable';
  return new TuttiError(code, `JetStream refuses ${what}: ${error.description} (${error.err_code}).`, {
    details: { code: error.code, errCode: error.err_code },
  });
}

/**
 * Compare-and-append, and what to do when the answer is unclear (nats.md, facts 2 and 10).
 *
 * Never with `Nats-Msg-Id`: together with an expected sequence it can lose a write. After a refusal or silence the last
 * record is read back from the leader: mine by its id → done; still what I expected → again; else → fenced.
 */
import { TuttiError } from '@tutti/contracts';
import type { Logger } from '@tutti/telemetry';
import { fenced, logFull, unavailable } from '../errors.ts';
import { systemMonotonic, wait } from '../timers.ts';
import {
  type ApiError,
  apiFailure,
  isNoResponders,
  type JetStreamApi,
  JS_ERRORS,
  parseAnswer,
} from './jetstream-api.ts';

export const RECORD_ID_HEADER = 'Tutti-Record';
const EXPECT_HEADER = 'Nats-Expected-Last-Subject-Sequence';

const ATTEMPT_TIMEOUT_MS = 2_000;
const AGAIN_AFTER_MS = 20;

export interface AppendTarget {
  readonly stream: string;
  readonly subject: string;
  /** The key as callers know it, for messages. */
  readonly key: string;
}

export interface AppendRecord {
  readonly data: Uint8Array;
  readonly expect: number;
  readonly id: string;
}

type Answer =
  | { readonly kind: 'stored'; readonly seq: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'store_failed'; readonly error: ApiError }
  | { readonly kind: 'unclear' };

interface PubAck {
  readonly seq?: number;
  readonly error?: ApiError;
}

export class Appender {
  private readonly api: JetStreamApi;
  private readonly logger: Logger;
  /** How many records a subject may hold; Infinity where older ones give way. */
  private readonly limit: number;

  constructor(api: JetStreamApi, logger: Logger, limit: number) {
    this.api = api;
    this.logger = logger;
    this.limit = limit;
  }

  /** Resolves with the sequence once stored. Rejects with `fenced`, `log_full` or `broker_unavailable`. */
  async append(target: AppendTarget, record: AppendRecord): Promise<number> {
    const deadline = this.api.deadline();
    for (;;) {
      const answer = await this.publish(target, record);
      if (answer.kind === 'stored') return answer.seq;
      if (answer.kind === 'store_failed') await this.refuseFull(target, answer.error);
      else this.logger.debug({ key: target.key, answer: answer.kind }, 'append not confirmed, reading back');
      const settled = await this.settle(target, record);
      if (settled !== undefined) return settled;
      if (systemMonotonic() >= deadline) {
        throw unavailable(`The log "${target.key}" took no append within ${this.api.timeoutMs} ms.`);
      }
      await wait(this.api.timers, AGAIN_AFTER_MS);
    }
  }

  private async publish({ subject, stream }: AppendTarget, { data, expect, id }: AppendRecord): Promise<Answer> {
    // A fresh object each time: the client changes what it is given.
    const headers = { [EXPECT_HEADER]: String(expect), [RECORD_ID_HEADER]: id };
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, this.api.timeoutMs);
    try {
      const message = await this.api.mux.ask({ subject, data, headers, timeoutMs });
      return isNoResponders(message) ? { kind: 'unclear' } : classify(parseAnswer<PubAck>(message), stream);
    } catch (error) {
      if (error instanceof TuttiError && error.retryable) return { kind: 'unclear' };
      throw error;
    }
  }

  /** The sequence if the record stands there; undefined if it may be sent again; rejects with `fenced` otherwise. */
  private async settle({ stream, subject, key }: AppendTarget, record: AppendRecord): Promise<number | undefined> {
    const last = await this.api.last(stream, subject);
    if (last?.headers[RECORD_ID_HEADER] === record.id) return last.seq;
    const seq = last?.seq ?? 0;
    if (seq === record.expect) return undefined;
    throw fenced(key, record.expect, seq);
  }

  /** The code for a full log is the code for every failure to store; the count tells them apart. */
  private async refuseFull({ stream, subject, key }: AppendTarget, error: ApiError): Promise<void> {
    const info = await this.api.ask<{ state: { subjects?: Record<string, number> } }>(`STREAM.INFO.${stream}`, {
      subjects_filter: subject,
    });
    if ((info.state?.subjects?.[subject] ?? 0) >= this.limit) throw logFull(key, this.limit);
    this.logger.warn({ key, reason: error.description }, 'the broker could not store a record, trying again');
  }
}

const REFUSALS: ReadonlySet<number> = new Set([JS_ERRORS.wrongLastSequence, JS_ERRORS.wrongLastSequenceConstant]);

function classify(ack: PubAck, stream: string): Answer {
  const { error, seq } = ack;
  if (error === undefined) {
    // An acknowledgement without a sequence stored nothing (fact 2).
    return seq === undefined || seq === 0 ? { kind: 'refused' } : { kind: 'stored', seq };
  }
  if (REFUSALS.has(error.err_code)) return { kind: 'refused' };
  if (error.err_code === JS_ERRORS.storeFailed) return { kind: 'store_failed', error };
  if (error.code >= 500) return { kind: 'unclear' };
  throw apiFailure(`an append to ${stream}`, error);
}

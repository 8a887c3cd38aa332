/**
 * Compare-and-append, and what to do when the answer is unclear (nats.md, facts 2 and 10).
 *
 * Never with `Nats-Msg-Id`: together with an expected sequence it can lose a write. After a refusal or silence the last
 * record is read back from the leader: mine by its id → done; still what I expected → again; else → fenced.
 */
import { TuttiError } from '@tutti/contracts';
import type { Logger } from '@tutti/telemetry';
import { brokerFull, fenced, logFull, unavailable } from '../errors.ts';
import { systemMonotonic, wait } from '../timers.ts';
import {
  type ApiError,
  apiFailure,
  isFull,
  isNoResponders,
  isSilence,
  type JetStreamApi,
  JS_ERRORS,
  parseAnswer,
} from './jetstream-api.ts';

export const RECORD_ID_HEADER = 'Tutti-Record';
const EXPECT_HEADER = 'Nats-Expected-Last-Subject-Sequence';

const ATTEMPT_TIMEOUT_MS = 2_000;
const AGAIN_AFTER_MS = 20;
/** How long a broker that has no room is asked again before the writer is told: a moment's shortage is nobody's matter. */
const FULL_PATIENCE_MS = 1_000;
const FULL_AGAIN_AFTER_MS = 200;

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
  | { readonly kind: 'denied'; readonly error: TuttiError }
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

  /**
   * Resolves with the sequence once stored. Rejects with `fenced`, `log_full`, `broker_full`, `broker_refused` or
   * `broker_unavailable`. Only the first three say that the record is not there.
   */
  async append(target: AppendTarget, record: AppendRecord): Promise<number> {
    const startedMs = systemMonotonic();
    for (;;) {
      const answer = await this.publish(target, record);
      if (answer.kind === 'stored') return answer.seq;
      if (answer.kind === 'store_failed') await this.refuseFull(target, answer.error);
      else this.logger.debug({ key: target.key, answer: answer.kind }, 'append not confirmed, reading back');
      const settled = await this.settle(target, record);
      if (settled !== undefined) return settled;
      this.giveUp(target, answer, systemMonotonic() - startedMs);
      await wait(this.api.timers, answer.kind === 'store_failed' ? FULL_AGAIN_AFTER_MS : AGAIN_AFTER_MS);
    }
  }

  /** Throws when asking again for what is not stored would only keep the writer from knowing why. */
  private giveUp({ key }: AppendTarget, answer: Answer, passedMs: number): void {
    if (answer.kind === 'denied') throw answer.error;
    const { timeoutMs } = this.api;
    if (answer.kind === 'store_failed' && passedMs >= Math.min(FULL_PATIENCE_MS, timeoutMs)) {
      throw brokerFull(key, answer.error.description);
    }
    if (passedMs >= timeoutMs) throw unavailable(`The log "${key}" took no append within ${timeoutMs} ms.`);
  }

  private async publish({ subject, stream }: AppendTarget, { data, expect, id }: AppendRecord): Promise<Answer> {
    // A fresh object each time: the client changes what it is given.
    const headers = { [EXPECT_HEADER]: String(expect), [RECORD_ID_HEADER]: id };
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, this.api.timeoutMs);
    try {
      const message = await this.api.mux.ask({ subject, data, headers, timeoutMs });
      return isNoResponders(message) ? { kind: 'unclear' } : classify(parseAnswer<PubAck>(message), stream);
    } catch (error) {
      if (isSilence(error)) return { kind: 'unclear' };
      if (error instanceof TuttiError && error.code === 'broker_refused') return { kind: 'denied', error };
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
  if (isFull(error)) return { kind: 'store_failed', error };
  if (error.code >= 500) return { kind: 'unclear' };
  throw apiFailure(`an append to ${stream}`, error);
}

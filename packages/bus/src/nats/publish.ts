/** One append as the broker sees it: what is sent, and what its answer says. */
import { TuttiError } from '@tutti/contracts';
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
export const EXPECT_HEADER = 'Nats-Expected-Last-Subject-Sequence';

export const ATTEMPT_TIMEOUT_MS = 2_000;
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

/** What a broker says of one append. Only `refused` and `store_failed` say that it is not stored. */
export type Answer =
  | { readonly kind: 'stored'; readonly seq: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'store_failed'; readonly error: ApiError }
  | { readonly kind: 'denied'; readonly error: TuttiError }
  /** Where it `mayReturn`, a record that is not there may still be stored when the server starts again. */
  | { readonly kind: 'unclear'; readonly mayReturn?: boolean };

export interface PubAck {
  readonly seq?: number;
  readonly error?: ApiError;
}

/** A fresh object each time: the client changes what it is given. */
export const headersOf = ({ expect, id }: AppendRecord): Record<string, string> => ({
  [EXPECT_HEADER]: String(expect),
  [RECORD_ID_HEADER]: id,
});

/** One attempt. */
export async function publishAlone(
  api: Pick<JetStreamApi, 'mux' | 'timeoutMs'>,
  { subject, stream }: AppendTarget,
  record: AppendRecord,
): Promise<Answer> {
  const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, api.timeoutMs);
  try {
    const message = await api.mux.ask({ subject, data: record.data, headers: headersOf(record), timeoutMs });
    return isNoResponders(message) ? { kind: 'unclear' } : classify(parseAnswer<PubAck>(message), stream);
  } catch (error) {
    if (isSilence(error)) return { kind: 'unclear' };
    if (error instanceof TuttiError && error.code === 'broker_refused') return { kind: 'denied', error };
    throw error;
  }
}

export const REFUSALS: ReadonlySet<number> = new Set([
  JS_ERRORS.wrongLastSequence,
  JS_ERRORS.wrongLastSequenceConstant,
]);

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

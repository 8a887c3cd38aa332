/** One batch of appends as the broker sees it: what is sent, what its answer says, and how one that is not answered is ended. */
import { TuttiError } from '@tutti/contracts';
import { nuid } from 'nats';
import { isFull, isNoResponders, isSilence, type JetStreamApi, JS_ERRORS, parseAnswer } from './jetstream-api.ts';
import type { Multiplexer, Question } from './multiplexer.ts';
import {
  type AppendRecord,
  type AppendTarget,
  ATTEMPT_TIMEOUT_MS,
  EXPECT_HEADER,
  headersOf,
  type PubAck,
  REFUSALS,
} from './publish.ts';

/** What is said of a message that can be no part of its batch: by servers that know batches, and by those that do not. */
const LET_GO: ReadonlySet<number> = new Set([JS_ERRORS.batchIncomplete, JS_ERRORS.batchesDisabled, ...REFUSALS]);

/** A sequence that no log comes to, and a place in a batch that none of ours has. */
const NEVER_EXPECTED = String(Number.MAX_SAFE_INTEGER);
const NEVER_PLACED = '1000';

export interface Item {
  readonly target: AppendTarget;
  readonly record: AppendRecord;
}

/** What a broker says of a batch. Of one that is `refused` nothing is stored; `isItsOwn`: some record of it did not fit in. */
export type BatchAnswer =
  | { readonly kind: 'stored'; readonly firstSeq: number }
  | { readonly kind: 'refused'; readonly isItsOwn: boolean; readonly reason: string }
  /**
   * Each record may be stored or not; where it `mayReturn`, one that is not may still be when the server starts again. The reason is
   * told by a server that could not store what it had taken.
   */
  | { readonly kind: 'unclear'; readonly mayReturn: boolean; readonly reason?: string };

interface BatchAck extends PubAck {
  readonly batch?: string;
  readonly count?: number;
}

type Api = Pick<JetStreamApi, 'mux' | 'timeoutMs'>;

/** One attempt. Rejects when the connection is closed; a lost one is `unclear`. */
export async function publishBatch({ mux, timeoutMs }: Api, items: readonly Item[]): Promise<BatchAnswer> {
  const id = nuid.next();
  const question = { timeoutMs: Math.min(ATTEMPT_TIMEOUT_MS, timeoutMs) };
  let ack: BatchAck | undefined;
  try {
    ack = await commit(mux, messagesOf(items, id), question);
  } catch (error) {
    if (!isSilence(error)) return unsent(error);
  }
  const answer = ack === undefined ? undefined : classify(ack, id, items.length);
  if (answer !== undefined) return answer;
  const mayReturn = !(await abandon(mux, id, items, question));
  return { kind: 'unclear', mayReturn, ...(ack?.error === undefined ? {} : { reason: ack.error.description }) };
}

type Message = Omit<Question, 'timeoutMs'>;

function messagesOf(items: readonly Item[], id: string): readonly Message[] {
  return items.map(({ target: { subject }, record }, i) => {
    const place = { 'Nats-Batch-Id': id, 'Nats-Batch-Sequence': String(i + 1) };
    const last = i === items.length - 1 ? { 'Nats-Batch-Commit': '1' } : {};
    return { subject, data: record.data, headers: { ...headersOf(record), ...place, ...last } };
  });
}

/** Sends all; the last one asks for the whole. */
async function commit(
  mux: Multiplexer,
  messages: readonly Message[],
  { timeoutMs }: Pick<Question, 'timeoutMs'>,
): Promise<BatchAck | undefined> {
  for (const message of messages.slice(0, -1)) mux.tell(message);
  const last = messages.at(-1);
  if (last === undefined) return undefined;
  const answer = await mux.ask({ ...last, timeoutMs });
  return isNoResponders(answer) ? undefined : parseAnswer<BatchAck>(answer);
}

function classify({ error, batch, count, seq = 0 }: BatchAck, id: string, size: number): BatchAnswer | undefined {
  if (error !== undefined) {
    // What a server could not store it may have stored in part, and may keep the rest of.
    if (isFull(error) || error.code >= 500) return undefined;
    return { kind: 'refused', isItsOwn: REFUSALS.has(error.err_code), reason: error.description };
  }
  // The last one's sequence is told, and theirs follow each other. Anything else is an answer to something else.
  const isWhole = batch === id && count === size && seq >= size;
  return isWhole ? { kind: 'stored', firstSeq: seq - size + 1 } : undefined;
}

/** Without its last message nothing of a batch is stored: a record that is too large, or one that may not be sent. */
function unsent(error: unknown): BatchAnswer {
  if (!(error instanceof TuttiError) || !['body_too_large', 'broker_refused'].includes(error.code)) throw error;
  return { kind: 'refused', isItsOwn: true, reason: error.message };
}

/**
 * A server that fails in the middle of a batch keeps what is left of it, and stores it when it starts again. A message that can be no
 * part of the batch has it drop that; it is handled after the batch, so its refusal says that the batch is over as well.
 * @returns whether that was heard
 */
async function abandon(
  mux: Multiplexer,
  id: string,
  [first]: readonly Item[],
  { timeoutMs }: Pick<Question, 'timeoutMs'>,
): Promise<boolean> {
  const headers = {
    [EXPECT_HEADER]: NEVER_EXPECTED,
    'Nats-Batch-Id': id,
    'Nats-Batch-Sequence': NEVER_PLACED,
  };
  try {
    const answer = await mux.ask({ subject: first?.target.subject ?? '', data: new Uint8Array(), headers, timeoutMs });
    const error = isNoResponders(answer) ? undefined : parseAnswer<PubAck>(answer).error;
    return error !== undefined && LET_GO.has(error.err_code);
  } catch (error) {
    if (TuttiError.from(error).code === 'bus_closed') throw error;
    return false;
  }
}

/**
 * Appends of many logs in one write, where the server takes several messages as one, all or none (2.12 and later, with
 * `allow_atomic`): each with the sequence that it expects. A synced write costs the server much the same for one record as for
 * sixty-four, and it makes one after the other.
 *
 * A few appends go alone, as they come: a batch is no faster for them. What comes while so many are under way gathers and goes as one
 * batch, one at a time, so a busy broker gets larger ones. What a batch does not settle goes alone: of a batch that was refused
 * nothing is stored, and of one that was not answered nobody knows, as of an append. Each log has one append under way, so no more wait
 * here than a host has actors.
 */
import type { Logger } from '@tutti/telemetry';
import { systemMonotonic } from '../timers.ts';
import { isNoResponders, type JetStreamApi, parseAnswer } from './jetstream-api.ts';
import {
  type Answer,
  type AppendRecord,
  type AppendTarget,
  ATTEMPT_TIMEOUT_MS,
  headersOf,
  type PubAck,
  publishAlone,
  REFUSALS,
} from './publish.ts';

/** Appends that are under way alone before others wait to be gathered; a smaller batch gains nothing. */
const MOST_ALONE = 8;
/** Records and bytes of one batch; the server takes at most 1,000 messages. */
const MOST_RECORDS = 128;
const MOST_BYTES = 1024 * 1024;
/** After a batch that failed for another reason than a record that did not fit in, ms. */
const PAUSE_MS = 5_000;

interface Waiting {
  readonly target: AppendTarget;
  readonly record: AppendRecord;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface BatchAck extends PubAck {
  readonly batch?: string;
  readonly count?: number;
}

export class Batches {
  private readonly api: Pick<JetStreamApi, 'mux' | 'timeoutMs'>;
  private readonly logger: Logger;
  private queue: Waiting[] = [];
  private underWay = 0;
  private isBatching = false;
  private isDue = false;
  private pausedUntilMs = 0;

  constructor(api: Pick<JetStreamApi, 'mux' | 'timeoutMs'>, logger: Logger) {
    this.api = api;
    this.logger = logger;
  }

  publish(target: AppendTarget, record: AppendRecord): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.queue.push({ target, record, resolve, reject });
      this.nextSoon();
    });
  }

  /** What is asked for in one turn goes together. */
  private nextSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      this.next();
    });
  }

  private next(): void {
    if (this.isBatching) return;
    if (systemMonotonic() < this.pausedUntilMs) return this.sendAlone(this.queue.splice(0));
    if (this.queue.length < MOST_ALONE)
      return this.sendAlone(this.queue.splice(0, Math.max(0, MOST_ALONE - this.underWay)));
    this.isBatching = true;
    void this.send(this.gathered()).finally(() => {
      this.isBatching = false;
      this.next();
    });
  }

  private sendAlone(all: readonly Waiting[]): void {
    for (const { target, record, resolve, reject } of all) {
      this.underWay += 1;
      const over = (): void => {
        this.underWay -= 1;
        this.nextSoon();
      };
      publishAlone(this.api, target, record).then(resolve, reject).finally(over);
    }
  }

  private gathered(): readonly Waiting[] {
    let bytes = 0;
    const isBeyond = ({ record }: Waiting, i: number): boolean => {
      bytes += record.data.length;
      return i >= MOST_RECORDS || (i > 0 && bytes > MOST_BYTES);
    };
    const end = this.queue.findIndex(isBeyond);
    return this.queue.splice(0, end < 0 ? this.queue.length : end);
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const answer = await this.ask(batch);
    const { error, seq = 0, count } = answer ?? {};
    if (error !== undefined) {
      if (!REFUSALS.has(error.err_code)) this.pause(error.description);
      this.sendAlone(batch);
    } else if (count === batch.length) {
      // The last one's sequence is told, and theirs follow each other.
      for (const [i, { resolve }] of batch.entries()) resolve({ kind: 'stored', seq: seq - (batch.length - 1 - i) });
    } else for (const { resolve } of batch) resolve({ kind: 'unclear' });
  }

  private pause(reason: string): void {
    this.pausedUntilMs = systemMonotonic() + PAUSE_MS;
    this.logger.warn(
      { reason, pauseMs: PAUSE_MS },
      'the broker took no batch of records; they are appended one by one',
    );
  }

  /** What the server says of the whole batch; undefined when it says nothing, or of something else. */
  private async ask(batch: readonly Waiting[]): Promise<BatchAck | undefined> {
    const id = `b-${batch[0]?.record.id}`;
    const { mux } = this.api;
    const timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, this.api.timeoutMs);
    try {
      const messages = batch.map(({ target: { subject }, record }, i) => {
        const place = { 'Nats-Batch-Id': id, 'Nats-Batch-Sequence': String(i + 1) };
        return { subject, data: record.data, headers: { ...headersOf(record), ...place } };
      });
      for (const message of messages.slice(0, -1)) mux.tell(message);
      const last = messages.at(-1);
      if (last === undefined) return undefined;
      const question = { ...last, headers: { ...last.headers, 'Nats-Batch-Commit': '1' }, timeoutMs };
      const answer = await mux.ask(question);
      const ack = isNoResponders(answer) ? undefined : parseAnswer<BatchAck>(answer);
      return ack?.error !== undefined || ack?.batch === id ? ack : undefined;
    } catch (error) {
      this.logger.debug({ err: error }, 'a batch of records was not answered');
      return undefined;
    }
  }
}

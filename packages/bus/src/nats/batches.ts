/**
 * Appends of many logs in one write, where the server takes several messages as one, all or none, and syncs them as one (2.15 and
 * later, `allow_atomic`): each with the sequence that it expects. A synced write costs the server much the same for one record as for
 * sixty-four, and it makes one after the other.
 *
 * A few appends go alone, as they come: a batch is no faster for them. What comes while so many are under way gathers and goes as one
 * batch, one at a time, so a busy broker gets larger ones. What a batch does not settle goes alone: of a batch that was refused
 * nothing is stored, and of one that was not answered nobody knows, as of an append. Each log has one append under way, so no more wait
 * here than a host has actors.
 */
import type { Logger } from '@tutti/telemetry';
import { systemMonotonic } from '../timers.ts';
import { type Item, publishBatch } from './batch.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import { type Answer, type AppendRecord, type AppendTarget, publishAlone } from './publish.ts';

/** Appends that are under way alone before others wait to be gathered; a smaller batch gains nothing. */
const MOST_ALONE = 8;
/** Records and bytes of one batch; the server takes at most 1,000 messages. */
const MOST_RECORDS = 128;
const MOST_BYTES = 1024 * 1024;
/** After a batch that was not answered, or refused for another reason than one of its records, ms. */
const PAUSE_MS = 5_000;

interface Waiting extends Item {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
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

  /** As many as one batch holds. Two of one log are never in one: whether the second fits in is seen after the first alone. */
  private gathered(): readonly Waiting[] {
    let bytes = 0;
    const subjects = new Set<string>();
    const isBeyond = ({ target: { subject }, record }: Waiting, i: number): boolean => {
      bytes += record.data.length;
      return i >= MOST_RECORDS || (i > 0 && bytes > MOST_BYTES) || subjects.size === subjects.add(subject).size;
    };
    const end = this.queue.findIndex(isBeyond);
    return this.queue.splice(0, end < 0 ? this.queue.length : end);
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    try {
      const answer = await publishBatch(this.api, batch);
      if (answer.kind === 'refused') {
        if (!answer.isItsOwn) this.pause(answer.reason);
        this.sendAlone(batch);
      } else if (answer.kind === 'stored') {
        for (const [i, { resolve }] of batch.entries()) resolve({ kind: 'stored', seq: answer.firstSeq + i });
      } else {
        // What a full log or a full disk refused says nothing of the next batch.
        if (answer.reason === undefined) this.pause('it did not answer');
        const { kind, mayReturn } = answer;
        const said = { kind, mayReturn };
        for (const { resolve } of batch) resolve(said);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  private pause(reason: string): void {
    this.pausedUntilMs = systemMonotonic() + PAUSE_MS;
    this.logger.warn(
      { reason, pauseMs: PAUSE_MS },
      'the broker took no batch of records; they are appended one by one',
    );
  }
}

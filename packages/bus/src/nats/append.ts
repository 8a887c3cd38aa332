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
import { Batches } from './batches.ts';
import type { ApiError, JetStreamApi } from './jetstream-api.ts';
import { type Answer, type AppendRecord, type AppendTarget, publishAlone, RECORD_ID_HEADER } from './publish.ts';

const AGAIN_AFTER_MS = 20;
/** How long a broker that has no room is asked again before the writer is told: a moment's shortage is nobody's matter. */
const FULL_PATIENCE_MS = 1_000;
const FULL_AGAIN_AFTER_MS = 200;

export class Appender {
  private readonly api: JetStreamApi;
  private readonly logger: Logger;
  /** How many records a subject may hold; Infinity where older ones give way. */
  private readonly limit: number;
  private readonly batches: Batches;

  constructor(api: JetStreamApi, logger: Logger, limit: number) {
    this.api = api;
    this.logger = logger;
    this.limit = limit;
    this.batches = new Batches(api, logger);
  }

  /**
   * Resolves with the sequence once stored. Rejects with `fenced`, `log_full`, `broker_full`, `broker_refused` or
   * `broker_unavailable`. `log_full` and `broker_full` say that nothing of this call is there; `fenced` that another has written since.
   * @param takesBatches whether it may go together with others
   */
  async append(target: AppendTarget, record: AppendRecord, takesBatches = false): Promise<number> {
    const startedMs = systemMonotonic();
    let mayReturn = false;
    for (let isFirst = true; ; isFirst = false) {
      // What is in doubt goes alone: nothing else is to be kept from being stored by it.
      const together = takesBatches && isFirst;
      const answer = await (together ? this.batches.publish(target, record) : publishAlone(this.api, target, record));
      if (answer.kind === 'stored') return answer.seq;
      if (answer.kind === 'unclear') mayReturn ||= answer.mayReturn === true;
      if (answer.kind === 'store_failed' && !mayReturn) await this.refuseFull(target, answer.error);
      else this.logger.debug({ key: target.key, answer: answer.kind }, 'append not confirmed, reading back');
      const settled = await this.settle(target, record);
      if (settled !== undefined) return settled;
      this.giveUp(target, answer, systemMonotonic() - startedMs, mayReturn);
      await wait(this.api.timers, answer.kind === 'store_failed' ? FULL_AGAIN_AFTER_MS : AGAIN_AFTER_MS);
    }
  }

  /** Throws when asking again for what is not stored would only keep the writer from knowing why. */
  private giveUp({ key }: AppendTarget, answer: Answer, passedMs: number, mayReturn: boolean): void {
    if (answer.kind === 'denied') throw answer.error;
    const { timeoutMs } = this.api;
    if (answer.kind === 'store_failed' && passedMs >= Math.min(FULL_PATIENCE_MS, timeoutMs)) {
      // The broker is full, but to say so would say that the record is not there.
      const { description } = answer.error;
      throw mayReturn
        ? unavailable(`The log "${key}" may hold an append or not: ${description}.`)
        : brokerFull(key, description);
    }
    if (passedMs >= timeoutMs) throw unavailable(`The log "${key}" took no append within ${timeoutMs} ms.`);
  }

  /** The sequence if the record stands there; undefined if it may be sent again; rejects with `fenced` otherwise. */
  private async settle({ stream, subject, key }: AppendTarget, record: AppendRecord): Promise<number | undefined> {
    const last = await this.api.last(stream, subject).catch((error: unknown) => {
      // A broker without room to answer a question has said nothing of the record.
      throw TuttiError.from(error).code === 'broker_full'
        ? unavailable(`The log "${key}" cannot be read back.`)
        : error;
    });
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

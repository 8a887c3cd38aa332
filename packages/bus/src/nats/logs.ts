import { assertFits } from '../headers.ts';
import type { AppendOptions, LogRecord, Logs } from '../port.ts';
import { assertFilter, assertSubject } from '../subjects.ts';
import { Appender } from './append.ts';
import { apiFailure, type StoredMessage } from './jetstream-api.ts';
import { RECORD_ID_HEADER } from './publish.ts';
import { readRange } from './reader.ts';
import { type Place, placeOf, type StorageHost, subjectsOf } from './storage-host.ts';

function toRecord({ seq, data, headers, timeMs }: StoredMessage): LogRecord {
  return { seq, data, timeMs, id: headers[RECORD_ID_HEADER] ?? '' };
}

/** Logs in one stream, a subject a key. */
export class NatsLogs implements Logs {
  readonly maxRecords: number;
  private readonly host: StorageHost;
  private readonly place: Place;
  private readonly appender: Appender;

  constructor(host: StorageHost) {
    this.host = host;
    this.maxRecords = host.settings.journalMaxMsgsPerSubject;
    this.place = placeOf('log', host.settings.prefix);
    this.appender = new Appender(host.api, host.logger, host.settings.journalMaxMsgsPerSubject);
  }

  async append(key: string, data: Uint8Array, { expect, id }: AppendOptions): Promise<number> {
    assertSubject(key);
    assertFits(key, data, { [RECORD_ID_HEADER]: id }, this.host.maxPayloadBytes());
    const { takesBatches } = await this.host.ready('log');
    return this.appender.append(this.target(key), { data, expect, id }, takesBatches);
  }

  async read(key: string, fromSeq = 1): Promise<readonly LogRecord[]> {
    const last = await this.lastMessage(key);
    if (last === undefined || last.seq < fromSeq) return [];
    if (last.seq === fromSeq) return [toRecord(last)];
    const range = { ...this.target(key), fromSeq: Math.max(1, fromSeq), toSeq: last.seq };
    return (await readRange(this.host.api, range)).map(toRecord);
  }

  async last(key: string): Promise<LogRecord | undefined> {
    const message = await this.lastMessage(key);
    return message === undefined ? undefined : toRecord(message);
  }

  async keys(filter: string): Promise<readonly string[]> {
    assertFilter(filter);
    await this.host.ready('log');
    const { names } = await subjectsOf(this.host.api, this.place.stream, this.place.subject(filter));
    return names.map((subject) => this.place.key(subject)).sort();
  }

  async purge(key: string, beforeSeq?: number): Promise<void> {
    assertSubject(key);
    await this.host.ready('log');
    const query = { filter: this.place.subject(key), ...(beforeSeq === undefined ? {} : { seq: beforeSeq }) };
    const purged = await this.host.api.ask<object>(`STREAM.PURGE.${this.place.stream}`, query);
    if (purged.error !== undefined) throw apiFailure(`a purge of "${key}"`, purged.error);
  }

  private async lastMessage(key: string): Promise<StoredMessage | undefined> {
    assertSubject(key);
    await this.host.ready('log');
    return this.host.api.last(this.place.stream, this.place.subject(key));
  }

  private target(key: string): { stream: string; subject: string; key: string } {
    return { stream: this.place.stream, subject: this.place.subject(key), key };
  }
}

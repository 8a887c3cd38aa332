import { TuttiError } from '@tutti/contracts';
import { nuid } from 'nats';
import { revisionConflict } from '../errors.ts';
import { assertFits } from '../headers.ts';
import type { KeyValueEntry, KeyValues } from '../port.ts';
import { assertKey } from '../subjects.ts';
import { Appender } from './append.ts';
import { BucketView } from './bucket-view.ts';
import { apiFailure, type StoredMessage } from './jetstream-api.ts';
import { RECORD_ID_HEADER } from './publish.ts';
import { type Place, placeOf, type StorageHost } from './storage-host.ts';

/**
 * Small state in one stream that keeps the last message of each subject. No TTL and no watcher (nats.md, facts 12, 13):
 * whoever waits for a change polls, and every read is answered by the leader.
 */
export class NatsKeyValues implements KeyValues {
  private readonly host: StorageHost;
  private readonly place: Place;
  private readonly appender: Appender;
  private readonly view: BucketView;

  constructor(host: StorageHost) {
    this.host = host;
    this.place = placeOf('kv', host.settings.prefix);
    this.appender = new Appender(host.api, host.logger, Number.POSITIVE_INFINITY);
    this.view = new BucketView(host.api, this.place);
  }

  async get(key: string): Promise<KeyValueEntry | undefined> {
    assertKey(key);
    await this.host.ready('kv');
    return this.read(this.place.subject(key));
  }

  async set(key: string, value: Uint8Array, expect: number): Promise<number> {
    assertKey(key);
    const id = nuid.next();
    assertFits(key, value, { [RECORD_ID_HEADER]: id }, this.host.maxPayloadBytes());
    await this.host.ready('kv');
    const target = { stream: this.place.stream, subject: this.place.subject(key), key };
    try {
      return await this.appender.append(target, { data: value, expect, id });
    } catch (error) {
      this.view.forget();
      if (!(error instanceof TuttiError) || error.code !== 'fenced') throw error;
      throw revisionConflict(key, expect, Number(error.details?.actual ?? 0));
    }
  }

  /** By purge, so that no tombstone is left to expect. A crash may bring the entry back (fact 15): it is then stale. */
  async delete(key: string): Promise<void> {
    assertKey(key);
    await this.host.ready('kv');
    const filter = this.place.subject(key);
    const purged = await this.host.api.ask<object>(`STREAM.PURGE.${this.place.stream}`, { filter });
    if (purged.error !== undefined) throw apiFailure(`to delete "${key}"`, purged.error);
  }

  async list(prefix: string): Promise<readonly KeyValueEntry[]> {
    await this.host.ready('kv');
    const entries = (await this.view.look()).filter(({ key }) => key.startsWith(prefix));
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private async read(subject: string): Promise<KeyValueEntry | undefined> {
    const stored: StoredMessage | undefined = await this.host.api.last(this.place.stream, subject);
    if (stored === undefined) return undefined;
    return { key: this.place.key(subject), value: stored.data, revision: stored.seq };
  }
}

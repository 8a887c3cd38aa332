/**
 * Blobs in chunks: `{hash}.{n}` each, and `{hash}.all` last, which says how many. So a blob that was not stored whole is
 * not there, and storing it again is harmless. (The client's object store fails on 2.12 and newer; nats.md, fact 14.)
 */
import { createHash } from 'node:crypto';
import { TuttiError } from '@tutti/contracts';
import { MAX_BODY_BYTES } from '../codec/limits.ts';
import { unavailable } from '../errors.ts';
import type { Blobs } from '../port.ts';
import { type ApiError, apiFailure, isNoResponders, parseAnswer } from './jetstream-api.ts';
import { type Place, placeOf, type StorageHost } from './storage-host.ts';

const CHUNK_BYTES = 128 * 1024;
/** Chunks under way at once. */
const WINDOW = 8;
const HASH = /^[0-9a-f]{64}$/;

export class NatsBlobs implements Blobs {
  private readonly host: StorageHost;
  private readonly place: Place;

  constructor(host: StorageHost) {
    this.host = host;
    this.place = placeOf('blob', host.settings.prefix);
  }

  async put(data: Uint8Array): Promise<string> {
    if (data.length > MAX_BODY_BYTES) {
      throw new TuttiError('body_too_large', `A blob of ${data.length} bytes is over the limit of ${MAX_BODY_BYTES}.`);
    }
    await this.host.ready('blob');
    const hash = createHash('sha256').update(data).digest('hex');
    if ((await this.chunkCount(hash)) !== undefined) return hash;
    const size = Math.min(CHUNK_BYTES, Math.floor(this.host.maxPayloadBytes() / 2));
    const count = Math.ceil(data.length / size);
    await inWindows(count, (n) => this.store(`${hash}.${n}`, data.subarray(n * size, (n + 1) * size)));
    await this.store(`${hash}.all`, Buffer.from(String(count)));
    return hash;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    if (!HASH.test(hash)) return undefined;
    await this.host.ready('blob');
    const count = await this.chunkCount(hash);
    if (count === undefined) return undefined;
    const chunks = await inWindows(count, (n) => this.load(`${hash}.${n}`));
    const whole = Buffer.concat(chunks.map((chunk) => chunk ?? new Uint8Array(0)));
    if (createHash('sha256').update(whole).digest('hex') === hash) return whole;
    this.host.logger.error({ hash, count }, 'a blob is damaged or was just deleted; it is treated as missing');
    return undefined;
  }

  async delete(hash: string): Promise<void> {
    if (!HASH.test(hash)) return;
    await this.host.ready('blob');
    const query = { filter: this.place.subject(`${hash}.>`) };
    const purged = await this.host.api.ask<object>(`STREAM.PURGE.${this.place.stream}`, query);
    if (purged.error !== undefined) throw apiFailure('to delete a blob', purged.error);
  }

  /** From the leader: a follower may not have it yet. */
  private async chunkCount(hash: string): Promise<number | undefined> {
    const stored = await this.host.api.last(this.place.stream, this.place.subject(`${hash}.all`));
    return stored === undefined ? undefined : Number(Buffer.from(stored.data).toString());
  }

  private async store(key: string, data: Uint8Array): Promise<void> {
    const { mux, timeoutMs } = this.host.api;
    const answer = await mux.ask({ subject: this.place.subject(key), data, timeoutMs });
    if (isNoResponders(answer)) throw unavailable('JetStream does not answer; is it enabled?');
    const { error } = parseAnswer<{ error?: ApiError }>(answer);
    if (error !== undefined) throw apiFailure('a blob', error);
  }

  /** Raw bytes from any replica; the leader is asked when that one has not got it. */
  private async load(key: string): Promise<Uint8Array | undefined> {
    const { mux, timeoutMs } = this.host.api;
    const subject = `$JS.API.DIRECT.GET.${this.place.stream}.${this.place.subject(key)}`;
    const answer = await mux.ask({ subject, data: new Uint8Array(0), timeoutMs });
    if (answer.headers?.code) return (await this.host.api.last(this.place.stream, this.place.subject(key)))?.data;
    return answer.data;
  }
}

async function inWindows<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < count; start += WINDOW) {
    const window = Array.from({ length: Math.min(WINDOW, count - start) }, (_, i) => work(start + i));
    results.push(...(await Promise.all(window)));
  }
  return results;
}

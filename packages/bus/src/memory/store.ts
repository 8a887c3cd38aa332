/**
 * What a memory broker keeps: logs, key-values, blobs. Synchronous and exact; the connection's ports add the asking and
 * the answering. Sequences and revisions each grow over the whole broker, so a key's own have gaps, as on NATS.
 */
import { createHash } from 'node:crypto';
import { fenced, logFull, revisionConflict } from '../errors.ts';
import type { AppendOptions, KeyValueEntry, LogRecord } from '../port.ts';
import { matches } from '../subjects.ts';

/** What is stored is copied: a small view would keep the whole buffer it was cut from, and could still be changed. */
const copy = (data: Uint8Array): Uint8Array => new Uint8Array(data);

/** A record that a broker had stored and has lost. */
export interface LostRecord {
  readonly key: string;
  readonly id: string;
}

export class LogStore {
  private readonly logs = new Map<string, LogRecord[]>();
  readonly maxRecordsPerKey: number;
  private readonly now: () => number;
  private sequence = 0;

  constructor(maxRecordsPerKey: number, now: () => number) {
    this.maxRecordsPerKey = maxRecordsPerKey;
    this.now = now;
  }

  append(key: string, data: Uint8Array, options: AppendOptions): number {
    const records = this.logs.get(key) ?? [];
    const last = records.at(-1);
    const lastSeq = last?.seq ?? 0;
    if (lastSeq !== options.expect) {
      // The same rule as over NATS: what stands there under my id is mine, the answer to it was lost.
      if (last?.id === options.id) return lastSeq;
      throw fenced(key, options.expect, lastSeq);
    }
    if (records.length >= this.maxRecordsPerKey) throw logFull(key, this.maxRecordsPerKey);
    this.sequence += 1;
    records.push({ seq: this.sequence, data: copy(data), id: options.id, timeMs: this.now() });
    this.logs.set(key, records);
    return this.sequence;
  }

  read(key: string, fromSeq: number): readonly LogRecord[] {
    return (this.logs.get(key) ?? []).filter((record) => record.seq >= fromSeq);
  }

  last(key: string): LogRecord | undefined {
    return this.logs.get(key)?.at(-1);
  }

  keys(filter: string): readonly string[] {
    return [...this.logs.keys()].filter((key) => matches(filter, key)).sort();
  }

  /** The records that were stored from then on are gone, and their sequences are used again, as those of a file that was cut. */
  loseSince(sinceMs: number): readonly LostRecord[] {
    const lost: LostRecord[] = [];
    for (const [key, records] of this.logs) {
      const kept = records.filter(({ timeMs }) => timeMs < sinceMs);
      const gone = records.slice(kept.length);
      lost.push(...gone.map(({ id }) => ({ key, id })));
      this.sequence = Math.min(this.sequence, ...gone.map(({ seq }) => seq - 1));
      if (kept.length === 0) this.logs.delete(key);
      else this.logs.set(key, kept);
    }
    return lost;
  }

  purge(key: string, beforeSeq: number): void {
    const kept = (this.logs.get(key) ?? []).filter((record) => record.seq >= beforeSeq);
    if (kept.length === 0) this.logs.delete(key);
    else this.logs.set(key, kept);
  }
}

/** What stood under a key before a change. */
interface Change {
  readonly atMs: number;
  readonly key: string;
  readonly before: KeyValueEntry | undefined;
  readonly revision: number;
}

export class KeyValueStore {
  private readonly entries = new Map<string, KeyValueEntry>();
  private readonly now: () => number;
  /** How long changes can be undone, ms; 0: none is remembered. */
  private readonly undoMs: number;
  private changes: Change[] = [];
  private revision = 0;

  constructor(now: () => number, undoMs: number) {
    this.now = now;
    this.undoMs = undoMs;
  }

  get(key: string): KeyValueEntry | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Uint8Array, expect: number): number {
    const actual = this.entries.get(key)?.revision ?? 0;
    if (actual !== expect) throw revisionConflict(key, expect, actual);
    this.remember(key);
    this.revision += 1;
    this.entries.set(key, { key, value: copy(value), revision: this.revision });
    return this.revision;
  }

  delete(key: string): void {
    this.remember(key);
    this.entries.delete(key);
  }

  /** What was changed from then on was never changed; revisions of lost changes are used again. */
  undoSince(sinceMs: number): void {
    while ((this.changes.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= sinceMs) {
      const { key, before, revision } = this.changes.pop() as Change;
      if (before === undefined) this.entries.delete(key);
      else this.entries.set(key, before);
      this.revision = revision;
    }
  }

  private remember(key: string): void {
    if (this.undoMs <= 0) return;
    const atMs = this.now();
    this.changes.push({ atMs, key, before: this.entries.get(key), revision: this.revision });
    if ((this.changes[0]?.atMs ?? atMs) < atMs - 2 * this.undoMs)
      this.changes = this.changes.filter((change) => change.atMs >= atMs - this.undoMs);
  }

  list(prefix: string): readonly KeyValueEntry[] {
    const found = [...this.entries.values()].filter((entry) => entry.key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

export class BlobStore {
  private readonly blobs = new Map<string, { readonly data: Uint8Array; readonly atMs: number }>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  put(data: Uint8Array): string {
    const hash = createHash('sha256').update(data).digest('hex');
    if (!this.blobs.has(hash)) this.blobs.set(hash, { data: copy(data), atMs: this.now() });
    return hash;
  }

  get(hash: string): Uint8Array | undefined {
    return this.blobs.get(hash)?.data;
  }

  delete(hash: string): void {
    this.blobs.delete(hash);
  }

  /** What was stored from then on is gone; what was deleted stays so. */
  loseSince(sinceMs: number): void {
    for (const [hash, { atMs }] of this.blobs) if (atMs >= sinceMs) this.blobs.delete(hash);
  }
}

/**
 * The bus port: everything Tutti asks of a broker, in bytes.
 *
 * Four things behind one door: messages (lossy, fast), logs (compare-and-append), key-values (compare-and-set) and
 * blobs (named by hash). `memory/` and `nats/` implement it and pass one conformance suite (`conformance.ts`).
 * The port knows nothing of actors, envelopes or schemas.
 */

/** Message headers: names are case-sensitive, one value a name. */
export type Headers = Readonly<Record<string, string>>;

/** One message as it arrived. */
export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  /** Where an answer is awaited; absent when nobody waits. */
  readonly reply?: string;
  /** Answers the sender. A no-op when nobody waits. */
  respond(data: Uint8Array, headers?: Headers): void;
}

export type MessageHandler = (message: Message) => void | Promise<void>;

/** What may be set on a subscription. */
export interface SubscribeOptions {
  /** Queue group: one member of the group gets each message. */
  readonly queue?: string;
  /** Most messages waiting for an asynchronous handler; beyond it the newest is dropped and `slow_consumer` reported. */
  readonly maxPending?: number;
}

export interface Subscription {
  readonly subject: string;
  /** Takes no new messages, then resolves when every message already received has been handled. */
  drain(): Promise<void>;
  /** Stops at once; what is pending is dropped. */
  unsubscribe(): void;
}

export interface PublishOptions {
  readonly headers?: Headers;
}

export interface RequestOptions extends PublishOptions {
  /** Milliseconds until `request_timeout`. */
  readonly timeoutMs: number;
}

/** One record of a log. */
export interface LogRecord {
  /** The record's sequence: grows within one key, with gaps. Never 0. */
  readonly seq: number;
  readonly data: Uint8Array;
  /** The id it was appended under. */
  readonly id: string;
  /** Broker's time of the append, in ms since 1970. */
  readonly timeMs: number;
}

export interface AppendOptions {
  /** Sequence of the last record of this key that the writer knows; 0 when the key must be empty. */
  readonly expect: number;
  /** Unique id of the record: after an unclear answer the last record is read back and compared by it. */
  readonly id: string;
}

/** Append-only logs, one per key (a key is a subject-shaped name: tokens joined by dots). */
export interface Logs {
  /** Records one log may hold; beyond it an append is refused `log_full`. */
  readonly maxRecords: number;
  /**
   * Appends one record if the key's last sequence still is `expect`; resolves with the new sequence once stored.
   * Rejects with `fenced` (somebody else appended), `log_full`, `body_too_large`, `broker_full`,
   * `broker_refused` or `broker_unavailable`.
   * An unclear answer (time-out, lost connection) is settled by reading the last record back before it rejects.
   */
  append(key: string, data: Uint8Array, options: AppendOptions): Promise<number>;
  /** All records of a key from `fromSeq` (inclusive, default first), in order. */
  read(key: string, fromSeq?: number): Promise<readonly LogRecord[]>;
  last(key: string): Promise<LogRecord | undefined>;
  /** Keys that match a subject filter (`*` one token, `>` the rest). */
  keys(filter: string): Promise<readonly string[]>;
  /** Drops a key's records before `beforeSeq`; all of them when absent. */
  purge(key: string, beforeSeq?: number): Promise<void>;
}

/** One entry of a key-value bucket. */
export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with each change in the bucket. */
  readonly revision: number;
}

/** Small mutable state with compare-and-set. Keys match `^[A-Za-z0-9_.-]{1,128}$`. */
export interface KeyValues {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** Sets if the key's revision still is `expect` (0: must not exist); rejects with `revision_conflict`. */
  set(key: string, value: Uint8Array, expect: number): Promise<number>;
  delete(key: string): Promise<void>;
  /** Current entries whose key starts with `prefix`. Read from the leader where the broker has one. */
  list(prefix: string): Promise<readonly KeyValueEntry[]>;
}

/** Immutable bytes named by the SHA-256 of their content, in hex. */
export interface Blobs {
  put(data: Uint8Array): Promise<string>;
  get(hash: string): Promise<Uint8Array | undefined>;
  delete(hash: string): Promise<void>;
}

/** What a connection tells of itself. */
export type BusStatus =
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected'; readonly reason: string }
  | { readonly type: 'reconnected'; readonly server: string }
  | { readonly type: 'slow_consumer'; readonly subject: string; readonly dropped: number }
  | { readonly type: 'handler_error'; readonly subject: string; readonly error: Error }
  | { readonly type: 'closed'; readonly error?: Error };

/** The limits a bus states of itself. */
export interface BusLimits {
  /** Largest body of a message or a record, in bytes, as it goes over the wire. */
  readonly maxPayloadBytes: number;
}

export interface Bus {
  /** `memory` or `nats`. */
  readonly kind: string;
  /** Whether logs, key-values and blobs outlive this process. */
  readonly durable: boolean;
  readonly limits: BusLimits;
  readonly logs: Logs;
  readonly keyValues: KeyValues;
  readonly blobs: Blobs;
  /** Sends and forgets. Throws `body_too_large`, `bad_subject` or `bus_closed`; never waits. */
  publish(subject: string, data: Uint8Array, options?: PublishOptions): void;
  /** Whether anybody is subscribed to a subject now. Absent where only the broker knows. */
  hears?(subject: string): boolean;
  /** Sends and awaits one answer. Rejects with `no_responders` at once, `request_timeout`, `broker_unavailable`. */
  request(subject: string, data: Uint8Array, options: RequestOptions): Promise<Message>;
  subscribe(subject: string, handler: MessageHandler, options?: SubscribeOptions): Subscription;
  /** Resolves when the broker has taken what was published and subscribed so far. */
  flush(): Promise<void>;
  /** Calls back at each change of the connection; returns the way to stop it. */
  onStatus(listener: (status: BusStatus) => void): () => void;
  /** Drains every subscription, then closes. */
  close(): Promise<void>;
}

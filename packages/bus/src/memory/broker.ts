/**
 * A broker in this process: nothing to install, nothing outlives it. Embedded runs use one connection of it; a
 * simulation connects many, as processes would, and puts faults between them.
 */
import { TuttiError } from '@tutti/contracts';
import { systemNow, systemTimers, type Timers } from '../timers.ts';
import { type BrokerCore, type MemoryBus, MemoryConnection } from './connection.ts';
import type { AppendInterceptor, DeliveryInterceptor } from './faults.ts';
import { Router } from './router.ts';
import { BlobStore, KeyValueStore, LogStore, type LostRecord } from './store.ts';

/** As large as a nats-server's default, so that what fits here fits there. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024;

/** Records one log may hold; far above what a run of the largest allowed plan writes. */
export const DEFAULT_MAX_LOG_RECORDS = 100_000;

export interface MemoryBrokerOptions {
  readonly timers?: Timers;
  /** Wall clock in ms since 1970; stamps log records. */
  readonly now?: () => number;
  /** Runs a callback in a later turn of the event loop. Default `setImmediate`. */
  readonly defer?: (run: () => void) => void;
  readonly maxPayloadBytes?: number;
  readonly maxLogRecords?: number;
  /** How far back `losePower` may reach into the key-values, ms. Default 0: no change can be lost. */
  readonly undoMs?: number;
}

/** How much of what was stored a broker loses with its power: all that was stored in the last so many ms. */
export interface PowerLoss {
  readonly logsMs: number;
  /** At most `undoMs`. */
  readonly keyValuesMs: number;
  readonly blobsMs: number;
}

export interface MemoryBroker {
  /** A new connection. The name stands for a process in fault plans; `overloaded` when it is taken. */
  connect(name: string): MemoryBus;
  readonly connections: readonly MemoryBus[];
  /** Deliveries waiting for their turn, delayed ones not counted: 0 means quiet until a timer fires. */
  readonly pending: number;
  /** Asked for each delivery when set. */
  intercept: DeliveryInterceptor | undefined;
  /** Asked for each append when set. */
  interceptAppend: AppendInterceptor | undefined;
  /** Loses the last that was stored, though it was acknowledged, as a server that does not sync; the records of logs that are gone. */
  losePower(loss: PowerLoss): readonly LostRecord[];
}

const systemDefer = (run: () => void): void => {
  setImmediate(run);
};

class InMemoryBroker implements MemoryBroker {
  interceptAppend: AppendInterceptor | undefined;
  private readonly core: BrokerCore;
  private readonly now: () => number;
  private readonly byName = new Map<string, MemoryBus>();
  private counter = 0;

  constructor(options: MemoryBrokerOptions) {
    const timers = options.timers ?? systemTimers;
    this.now = options.now ?? systemNow;
    this.core = {
      timers,
      router: new Router({ timers, defer: options.defer ?? systemDefer }),
      maxPayloadBytes: options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES,
      logs: new LogStore(options.maxLogRecords ?? DEFAULT_MAX_LOG_RECORDS, options.now ?? systemNow),
      keyValues: new KeyValueStore(options.now ?? systemNow, options.undoMs ?? 0),
      blobs: new BlobStore(options.now ?? systemNow),
      interceptAppend: () => this.interceptAppend,
      forget: (connection) => void this.byName.delete(connection.name),
    };
  }

  get intercept(): DeliveryInterceptor | undefined {
    return this.core.router.intercept;
  }

  set intercept(interceptor: DeliveryInterceptor | undefined) {
    this.core.router.intercept = interceptor;
  }

  get pending(): number {
    return this.core.router.pending;
  }

  get connections(): readonly MemoryBus[] {
    return [...this.byName.values()];
  }

  losePower({ logsMs, keyValuesMs, blobsMs }: PowerLoss): readonly LostRecord[] {
    const nowMs = this.now();
    if (keyValuesMs > 0) this.core.keyValues.undoSince(nowMs - keyValuesMs);
    if (blobsMs > 0) this.core.blobs.loseSince(nowMs - blobsMs);
    return logsMs > 0 ? this.core.logs.loseSince(nowMs - logsMs) : [];
  }

  connect(name: string): MemoryBus {
    if (this.byName.has(name)) {
      throw new TuttiError('overloaded', `A connection named "${name}" is open; close it or choose another name.`);
    }
    this.counter += 1;
    const connection = new MemoryConnection(name, String(this.counter), this.core);
    this.byName.set(name, connection);
    return connection;
  }
}

export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new InMemoryBroker(options);
}

/** One connection to a broker of its own: the embedded bus. */
export function createMemoryBus(options: MemoryBrokerOptions & { readonly name?: string } = {}): MemoryBus {
  return createMemoryBroker(options).connect(options.name ?? 'embedded');
}

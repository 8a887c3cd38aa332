import { busClosed, unavailable } from '../errors.ts';
import { assertFits, NO_HEADERS } from '../headers.ts';
import { DEFAULT_MAX_PENDING, Mailbox } from '../mailbox.ts';
import type {
  Blobs,
  Bus,
  BusLimits,
  BusStatus,
  Headers,
  KeyValues,
  Logs,
  Message,
  MessageHandler,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
  Subscription,
} from '../port.ts';
import { StatusListeners } from '../status.ts';
import { assertFilter, assertSubject } from '../subjects.ts';
import type { Timers } from '../timers.ts';
import type { AppendInterceptor } from './faults.ts';
import { MemoryRequests } from './requests.ts';
import type { Router } from './router.ts';
import { blobsOf, keyValuesOf, logsOf, type StorageHost } from './storage.ts';
import type { BlobStore, KeyValueStore, LogStore } from './store.ts';
import { MemorySubscription, type SubscriptionHost } from './subscription.ts';

/** What a broker shares with its connections. */
export interface BrokerCore {
  readonly router: Router;
  readonly timers: Timers;
  readonly maxPayloadBytes: number;
  readonly logs: LogStore;
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  readonly interceptAppend: () => AppendInterceptor | undefined;
  readonly forget: (connection: MemoryBus) => void;
}

/** One connection to a memory broker: a whole process, as far as the bus can tell. */
export interface MemoryBus extends Bus {
  readonly name: string;
  readonly isOpen: boolean;
  /** The process is gone: nothing more is delivered to it, nothing it sends goes out, what it waits for fails. */
  kill(): void;
  /** The network is gone: messages both ways are lost, what asks fails with `broker_unavailable`. */
  disconnect(reason?: string): void;
  reconnect(): void;
}

type Condition = 'connected' | 'disconnected' | 'closed';

export class MemoryConnection implements MemoryBus, SubscriptionHost, StorageHost {
  readonly kind = 'memory';
  readonly durable = false;
  readonly name: string;
  readonly limits: BusLimits;
  readonly logs: Logs;
  readonly keyValues: KeyValues;
  readonly blobs: Blobs;
  private readonly core: BrokerCore;
  private readonly inboxId: string;
  private readonly requests: MemoryRequests;
  private readonly listeners = new StatusListeners();
  private readonly subscriptions = new Set<MemorySubscription>();
  private condition: Condition = 'connected';
  private closing: Promise<void> | undefined;

  constructor(name: string, inboxId: string, core: BrokerCore) {
    this.name = name;
    this.core = core;
    this.inboxId = inboxId;
    this.limits = { maxPayloadBytes: core.maxPayloadBytes };
    this.requests = new MemoryRequests(name, inboxId, core.timers, () => this.isReachable);
    this.logs = logsOf(core.logs, this);
    this.keyValues = keyValuesOf(core.keyValues, this);
    this.blobs = blobsOf(core.blobs, this);
    core.router.addInbox(inboxId, this.requests);
  }

  get isOpen(): boolean {
    return this.condition !== 'closed';
  }

  get isReachable(): boolean {
    return this.condition === 'connected';
  }

  get maxPayloadBytes(): number {
    return this.core.maxPayloadBytes;
  }

  get timers(): Timers {
    return this.core.timers;
  }

  get interceptAppend(): AppendInterceptor | undefined {
    return this.core.interceptAppend();
  }

  assertReachable(): void {
    this.assertOpen();
    if (this.condition === 'disconnected') throw unavailable(`The connection "${this.name}" is cut off.`);
  }

  publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
    this.assertOpen();
    assertSubject(subject);
    this.send(subject, data, options?.headers, undefined);
  }

  hears(subject: string): boolean {
    return this.core.router.hears(subject);
  }

  async request(subject: string, data: Uint8Array, options: RequestOptions): Promise<Message> {
    this.assertReachable();
    assertSubject(subject);
    return this.requests.ask(subject, options, (reply) => this.send(subject, data, options.headers, reply));
  }

  respond(reply: string, data: Uint8Array, headers: Headers | undefined): void {
    if (this.isOpen) this.send(reply, data, headers, undefined);
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    this.assertOpen();
    assertFilter(subject);
    const maxPending = options.maxPending ?? DEFAULT_MAX_PENDING;
    const mailbox = new Mailbox({ subject, handler, maxPending, report: this.listeners.tell });
    const subscription = new MemorySubscription(subject, options.queue, mailbox, this);
    this.subscriptions.add(subscription);
    if (this.isReachable) this.core.router.add(subscription);
    return subscription;
  }

  forget(subscription: MemorySubscription): void {
    if (this.subscriptions.delete(subscription)) this.core.router.remove(subscription);
  }

  async flush(): Promise<void> {
    this.assertReachable();
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.listeners.add(listener);
  }

  close(): Promise<void> {
    this.closing ??= this.drainAndClose();
    return this.closing;
  }

  kill(): void {
    for (const subscription of [...this.subscriptions]) subscription.unsubscribe();
    this.end();
  }

  disconnect(reason = 'cut off'): void {
    if (this.condition !== 'connected') return;
    this.condition = 'disconnected';
    for (const subscription of this.subscriptions) this.core.router.remove(subscription);
    this.core.router.removeInbox(this.inboxId);
    this.requests.failAll('disconnected');
    this.listeners.tell({ type: 'disconnected', reason });
  }

  reconnect(): void {
    if (this.condition !== 'disconnected') return;
    this.condition = 'connected';
    for (const subscription of this.subscriptions) this.core.router.add(subscription);
    this.core.router.addInbox(this.inboxId, this.requests);
    this.listeners.tell({ type: 'reconnected', server: 'memory' });
  }

  private async drainAndClose(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.drain()));
    this.end();
  }

  private end(): void {
    if (!this.isOpen) return;
    this.condition = 'closed';
    this.core.router.removeInbox(this.inboxId);
    this.requests.failAll('closed');
    this.core.forget(this);
    this.listeners.tell({ type: 'closed' });
  }

  private assertOpen(): void {
    if (!this.isOpen) throw busClosed(this.name);
  }

  /** Returns the number of receivers; 0 and silence while cut off, as with a real broker. */
  private send(subject: string, data: Uint8Array, headers: Headers | undefined, reply: string | undefined): number {
    assertFits(subject, data, headers, this.core.maxPayloadBytes);
    if (!this.isReachable) return 0;
    const packet = { from: this.name, subject, data, headers: headers ?? NO_HEADERS, reply };
    return this.core.router.send(packet);
  }
}

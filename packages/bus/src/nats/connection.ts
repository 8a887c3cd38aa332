import type { Logger } from '@tutti/telemetry';
import { Events, type NatsConnection, type Status } from 'nats';
import { busClosed, noResponders, unavailable } from '../errors.ts';
import { assertFits } from '../headers.ts';
import { DEFAULT_MAX_PENDING, Mailbox } from '../mailbox.ts';
import type {
  Bus,
  BusLimits,
  BusStatus,
  Headers,
  Message,
  MessageHandler,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
  Subscription,
} from '../port.ts';
import { StatusListeners } from '../status.ts';
import { assertFilter, assertSubject } from '../subjects.ts';
import { within } from '../timers.ts';
import { NatsBlobs } from './blobs.ts';
import { fromNats } from './errors.ts';
import { isNoResponders, JetStreamApi } from './jetstream-api.ts';
import { NatsKeyValues } from './key-values.ts';
import { NatsLogs } from './logs.ts';
import { Multiplexer } from './multiplexer.ts';
import type { NatsSettings } from './options.ts';
import {
  ensureStream,
  type StreamConfig,
  type StreamKind,
  streamConfig,
  streamWishes,
  takesBatches,
} from './streams.ts';
import { NatsMessage, NatsSubscription } from './subscription.ts';
import { toWire } from './wire.ts';

/** Tells when the connection came up again, to whoever paces the attempts. */
export interface NatsHooks {
  readonly onUp: () => void;
}

export class NatsBus implements Bus {
  readonly kind = 'nats';
  readonly durable = true;
  readonly logs: NatsLogs;
  readonly keyValues: NatsKeyValues;
  readonly blobs: NatsBlobs;
  private readonly connection: NatsConnection;
  private readonly settings: NatsSettings;
  private readonly logger: Logger;
  private readonly mux: Multiplexer;
  private readonly api: JetStreamApi;
  private readonly listeners = new StatusListeners();
  private readonly subscriptions = new Set<NatsSubscription>();
  private readonly streams = new Map<StreamKind, Promise<StreamConfig>>();
  private known: BusLimits = { maxPayloadBytes: 0 };
  private isClosed = false;
  private closing: Promise<void> | undefined;

  constructor(connection: NatsConnection, settings: NatsSettings, hooks: NatsHooks) {
    this.connection = connection;
    this.settings = settings;
    this.logger = settings.logger;
    this.mux = new Multiplexer(connection, settings.timers, settings.inboxPrefix);
    this.api = new JetStreamApi(this.mux, settings.timers, settings.storageTimeoutMs, (subject, data, reply) =>
      connection.publish(subject, data, reply === '' ? {} : { reply }),
    );
    const { api, logger } = this;
    const maxPayloadBytes = (): number => this.limits.maxPayloadBytes;
    const host = { api, settings, logger, maxPayloadBytes, ready: (kind: StreamKind) => this.ready(kind) };
    this.logs = new NatsLogs(host);
    this.keyValues = new NatsKeyValues(host);
    this.blobs = new NatsBlobs(host);
    this.known = this.limits;
    void this.watch(hooks);
  }

  /** The last that a server stated: while the client dials again it knows none. */
  get limits(): BusLimits {
    const stated = this.connection.info?.max_payload;
    if (stated !== undefined && stated !== this.known.maxPayloadBytes) this.known = { maxPayloadBytes: stated };
    return this.known;
  }

  publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
    this.assertOpen();
    assertSubject(subject);
    this.send(subject, data, options?.headers);
  }

  async request(subject: string, data: Uint8Array, { headers, timeoutMs }: RequestOptions): Promise<Message> {
    this.assertOpen();
    assertSubject(subject);
    assertFits(subject, data, headers, this.limits.maxPayloadBytes);
    const answer = await this.mux.ask({ subject, data, headers, timeoutMs });
    if (isNoResponders(answer)) throw noResponders(subject);
    return new NatsMessage(answer, this.respond);
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    this.assertOpen();
    assertFilter(subject);
    const maxPending = options.maxPending ?? DEFAULT_MAX_PENDING;
    const mailbox = new Mailbox({ subject, handler, maxPending, report: this.report });
    const subscription = new NatsSubscription({
      connection: this.connection,
      subject,
      queue: options.queue,
      mailbox,
      respond: this.respond,
      onDenied: (error) => this.report({ type: 'handler_error', subject, error: fromNats(error, subject) }),
      forget: (entry) => void this.subscriptions.delete(entry),
    });
    this.subscriptions.add(subscription);
    return subscription;
  }

  async flush(): Promise<void> {
    this.assertOpen();
    await this.connection.flush().catch((error: unknown) => {
      throw fromNats(error, 'flush');
    });
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.listeners.add(listener);
  }

  close(): Promise<void> {
    this.closing ??= this.drainAndClose();
    return this.closing;
  }

  /** Makes or verifies all streams now, so that what is wrong with them shows at the start. */
  async prepare(): Promise<void> {
    await Promise.all([this.ready('log'), this.ready('kv'), this.ready('blob')]);
  }

  private async ready(kind: StreamKind): Promise<{ readonly takesBatches: boolean }> {
    this.assertOpen();
    const config = await (this.streams.get(kind) ?? this.made(kind));
    return { takesBatches: takesBatches(config, this.connection.info?.version) };
  }

  private made(kind: StreamKind): Promise<StreamConfig> {
    const made = ensureStream(this.api, streamConfig(kind, this.settings), streamWishes(kind, this.settings));
    this.streams.set(kind, made);
    // A failure is not kept: the next use asks again.
    made.catch(() => this.streams.delete(kind));
    return made;
  }

  private readonly respond = (reply: string, data: Uint8Array, headers: Headers | undefined): void => {
    if (!this.isClosed) this.send(reply, data, headers);
  };

  private readonly report = (status: BusStatus): void => {
    if (status.type === 'handler_error') {
      this.logger.error({ subject: status.subject, err: status.error }, 'a message handler failed');
    } else if (status.type === 'slow_consumer') {
      this.logger.warn({ ...status }, 'a handler is too slow, messages are dropped');
    }
    this.listeners.tell(status);
  };

  private send(subject: string, data: Uint8Array, headers: Headers | undefined): void {
    assertFits(subject, data, headers, this.limits.maxPayloadBytes);
    const wire = toWire(headers);
    try {
      this.connection.publish(subject, data, wire === undefined ? {} : { headers: wire });
    } catch (error) {
      throw fromNats(error, `publishing to "${subject}"`);
    }
  }

  private async drainAndClose(): Promise<void> {
    const { timers, closeTimeoutMs } = this.settings;
    const orderly = async (): Promise<void> => {
      await Promise.all([...this.subscriptions].map((subscription) => subscription.drain()));
      await this.connection.flush();
    };
    // A handler that never ends, or a server that is gone, must not keep the process.
    await within(
      timers,
      closeTimeoutMs,
      orderly().catch(() => undefined),
    );
    this.isClosed = true;
    this.mux.fail(() => busClosed(this.settings.name));
    await this.connection.close();
    // The watch tells `closed` once; it resolves after the client has let go of its socket.
    await this.ended;
  }

  private endWatch: () => void = () => undefined;
  private readonly ended = new Promise<void>((resolve) => {
    this.endWatch = resolve;
  });

  private async watch(hooks: NatsHooks): Promise<void> {
    void this.followStatus(hooks);
    const error = await this.connection.closed();
    this.isClosed = true;
    this.mux.fail(() => busClosed(this.settings.name));
    if (error) this.logger.error({ err: error }, 'the connection to NATS ended for good');
    this.report(error ? { type: 'closed', error: fromNats(error, 'connection') } : { type: 'closed' });
    this.endWatch();
  }

  private async followStatus(hooks: NatsHooks): Promise<void> {
    for await (const status of this.connection.status()) this.take(status, hooks);
  }

  private take({ type, data, permissionContext }: Status, hooks: NatsHooks): void {
    if (type === Events.Disconnect) {
      this.logger.warn({ server: data }, 'the connection to NATS is lost, trying to reconnect');
      this.mux.fail(() => unavailable(`The connection "${this.settings.name}" was lost.`));
      this.report({ type: 'disconnected', reason: String(data) });
    } else if (type === Events.Reconnect) {
      hooks.onUp();
      this.logger.info({ server: data }, 'the connection to NATS is back');
      this.mux.restore();
      this.report({ type: 'reconnected', server: String(data) });
    } else if (type === Events.Error) {
      const { operation, subject } = permissionContext ?? {};
      this.logger.error({ reason: data, operation, subject }, 'NATS reports an error; look for missing rights');
      if (operation === 'publish' && subject !== undefined) this.mux.deny(subject);
    }
  }

  private assertOpen(): void {
    if (this.isClosed) throw busClosed(this.settings.name);
  }
}

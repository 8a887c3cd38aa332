import type { Msg, NatsConnection, Subscription as Raw } from 'nats';
import type { Mailbox } from '../mailbox.ts';
import type { Headers, Message, Subscription } from '../port.ts';
import { fromWire } from './wire.ts';

export type Respond = (reply: string, data: Uint8Array, headers: Headers | undefined) => void;

export class NatsMessage implements Message {
  declare readonly reply?: string;
  private readonly raw: Msg;
  private readonly answer: Respond;
  private parsed: Headers | undefined;

  constructor(raw: Msg, answer: Respond) {
    this.raw = raw;
    this.answer = answer;
    if (raw.reply) this.reply = raw.reply;
  }

  get subject(): string {
    return this.raw.subject;
  }

  get data(): Uint8Array {
    return this.raw.data;
  }

  get headers(): Headers {
    this.parsed ??= fromWire(this.raw.headers);
    return this.parsed;
  }

  respond(data: Uint8Array, headers?: Headers): void {
    if (this.reply !== undefined) this.answer(this.reply, data, headers);
  }
}

export interface NatsSubscriptionOptions {
  readonly connection: NatsConnection;
  readonly subject: string;
  readonly queue: string | undefined;
  readonly mailbox: Mailbox;
  readonly respond: Respond;
  readonly onDenied: (error: Error) => void;
  readonly forget: (subscription: NatsSubscription) => void;
}

export class NatsSubscription implements Subscription {
  readonly subject: string;
  private readonly raw: Raw;
  private readonly mailbox: Mailbox;
  private readonly forget: (subscription: NatsSubscription) => void;

  constructor({ connection, subject, queue, mailbox, respond, onDenied, forget }: NatsSubscriptionOptions) {
    this.subject = subject;
    this.mailbox = mailbox;
    this.forget = forget;
    // The mailbox catches whatever a handler throws: an exception here would silence the connection (nats.md, fact 6).
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) mailbox.push(new NatsMessage(message, respond));
      else onDenied(error);
    };
    this.raw = connection.subscribe(subject, queue === undefined ? { callback } : { callback, queue });
  }

  /** Nothing new from the server, then what has arrived is handled, and only then is it over (fact 8). */
  async drain(): Promise<void> {
    if (!this.raw.isClosed()) await this.raw.drain();
    await this.mailbox.whenIdle();
    this.forget(this);
  }

  unsubscribe(): void {
    if (!this.raw.isClosed()) this.raw.unsubscribe();
    this.mailbox.stop();
    this.forget(this);
  }
}

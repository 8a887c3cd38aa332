import type { Mailbox } from '../mailbox.ts';
import type { Headers, Message, Subscription } from '../port.ts';
import type { Packet, Receiver } from './router.ts';

/** What a subscription needs of its connection. */
export interface SubscriptionHost {
  readonly name: string;
  readonly isReachable: boolean;
  respond(reply: string, data: Uint8Array, headers: Headers | undefined): void;
  forget(subscription: MemorySubscription): void;
}

class MemoryMessage implements Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  declare readonly reply?: string;
  private readonly host: SubscriptionHost;

  constructor(packet: Packet, host: SubscriptionHost) {
    this.subject = packet.subject;
    this.data = packet.data;
    this.headers = packet.headers;
    if (packet.reply !== undefined) this.reply = packet.reply;
    this.host = host;
  }

  respond(data: Uint8Array, headers?: Headers): void {
    if (this.reply !== undefined) this.host.respond(this.reply, data, headers);
  }
}

export class MemorySubscription implements Subscription, Receiver {
  readonly subject: string;
  readonly filter: string;
  readonly queue: string | undefined;
  readonly to: string;
  private readonly host: SubscriptionHost;
  private readonly mailbox: Mailbox;
  private underWay = 0;
  private stopped = false;
  private drained: (() => void) | undefined;

  constructor(filter: string, queue: string | undefined, mailbox: Mailbox, host: SubscriptionHost) {
    this.subject = filter;
    this.filter = filter;
    this.queue = queue;
    this.mailbox = mailbox;
    this.host = host;
    this.to = host.name;
  }

  expect(): void {
    this.underWay += 1;
  }

  receive(packet: Packet): void {
    this.underWay -= 1;
    if (!this.stopped && this.host.isReachable) this.mailbox.push(new MemoryMessage(packet, this.host));
    if (this.underWay === 0) this.drained?.();
  }

  async drain(): Promise<void> {
    this.host.forget(this);
    if (this.stopped) return;
    if (this.underWay > 0) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
      });
    }
    await this.mailbox.whenIdle();
    this.stopped = true;
  }

  unsubscribe(): void {
    this.host.forget(this);
    this.stop();
  }

  stop(): void {
    this.stopped = true;
    this.mailbox.stop();
    this.drained?.();
  }
}

import { busClosed, noResponders, requestTimeout, unavailable } from '../errors.ts';
import type { Message, RequestOptions } from '../port.ts';
import type { Timers } from '../timers.ts';
import { INBOX_PREFIX, type Packet, type Receiver } from './router.ts';

interface Pending {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
  readonly timer: unknown;
}

/** The requests of one connection that wait for an answer. */
export class MemoryRequests implements Receiver {
  readonly to: string;
  readonly queue = undefined;
  private readonly inbox: string;
  private readonly timers: Timers;
  private readonly pending = new Map<string, Pending>();
  private counter = 0;
  private reachable: () => boolean;

  constructor(name: string, inboxId: string, timers: Timers, reachable: () => boolean) {
    this.to = name;
    this.inbox = `${INBOX_PREFIX}${inboxId}.`;
    this.timers = timers;
    this.reachable = reachable;
  }

  /** Sends with a reply subject of its own; `send` returns how many receivers there were. */
  ask(subject: string, options: RequestOptions, send: (reply: string) => number): Promise<Message> {
    this.counter += 1;
    const reply = this.inbox + this.counter;
    return new Promise<Message>((resolve, reject) => {
      const timer = this.timers.setTimeout(() => {
        if (this.take(reply)) reject(requestTimeout(subject, options.timeoutMs));
      }, options.timeoutMs);
      this.pending.set(reply, { resolve, reject, timer });
      try {
        if (send(reply) === 0 && this.take(reply)) reject(noResponders(subject));
      } catch (error) {
        this.take(reply);
        throw error;
      }
    });
  }

  expect(): void {
    // Answers are not drained: whoever waits for one has a time-out.
  }

  receive(packet: Packet): void {
    if (!this.reachable()) return;
    const waiting = this.take(packet.subject);
    waiting?.resolve({ subject: packet.subject, data: packet.data, headers: packet.headers, respond: noAnswer });
  }

  /** Every request that waits fails now. */
  failAll(why: 'closed' | 'disconnected'): void {
    for (const reply of [...this.pending.keys()]) {
      const error = why === 'closed' ? busClosed(this.to) : unavailable(`The connection "${this.to}" was lost.`);
      this.take(reply)?.reject(error);
    }
  }

  private take(reply: string): Pending | undefined {
    const waiting = this.pending.get(reply);
    if (waiting === undefined) return undefined;
    this.pending.delete(reply);
    this.timers.clearTimeout(waiting.timer);
    return waiting;
  }
}

function noAnswer(): void {
  // An answer awaits no answer.
}

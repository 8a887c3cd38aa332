/**
 * All answers of one connection through one inbox subscription (nats.md, fact 21: more than twice the client's own
 * `request`). An answer finds its asker by the last token of its subject.
 */
import { createInbox, type Msg, type NatsConnection } from 'nats';
import { brokerRefused, requestTimeout } from '../errors.ts';
import type { Headers } from '../port.ts';
import type { Timers } from '../timers.ts';
import { fromNats } from './errors.ts';
import { toWire } from './wire.ts';

export interface Question {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Headers | undefined;
  readonly timeoutMs: number;
}

interface Pending {
  readonly subject: string;
  readonly resolve: (message: Msg) => void;
  readonly reject: (error: Error) => void;
  readonly timer: unknown;
}

/** An inbox for several answers to one question. */
export interface Inbox {
  readonly subject: string;
  close(): void;
}

const RADIX = 36;

export class Multiplexer {
  private readonly connection: NatsConnection;
  private readonly timers: Timers;
  private readonly base: string;
  private readonly inboxPrefix: string | undefined;
  private readonly pending = new Map<string, Pending>();
  private counter = 0;
  /** Why nothing can be asked now; undefined while the connection is there. */
  private lost: (() => Error) | undefined;

  constructor(connection: NatsConnection, timers: Timers, inboxPrefix: string | undefined) {
    this.connection = connection;
    this.timers = timers;
    this.inboxPrefix = inboxPrefix;
    this.base = `${createInbox(inboxPrefix)}.`;
    connection.subscribe(`${this.base}*`, { callback: (_, message) => this.receive(message) });
  }

  /** The first answer, whatever it says (a status, too). Rejects with `request_timeout`, `broker_unavailable` or `broker_refused`. */
  ask(question: Question): Promise<Msg> {
    const { subject, timeoutMs } = question;
    if (this.lost !== undefined) return Promise.reject(this.lost());
    const token = this.nextToken();
    return new Promise((resolve, reject) => {
      const timer = this.timers.setTimeout(() => {
        this.pending.delete(token);
        reject(requestTimeout(subject, timeoutMs));
      }, timeoutMs);
      this.pending.set(token, { subject, resolve, reject, timer });
      try {
        this.send(question, this.base + token);
      } catch (error) {
        this.take(token)?.reject(fromNats(error, `asking "${subject}"`));
      }
    });
  }

  /** Sends what is part of a question that follows and is not answered by itself. Throws what `ask` would reject with. */
  tell({ subject, data, headers }: Omit<Question, 'timeoutMs'>): void {
    if (this.lost !== undefined) throw this.lost();
    const wire = toWire(headers);
    try {
      this.connection.publish(subject, data, wire === undefined ? {} : { headers: wire });
    } catch (error) {
      throw fromNats(error, `telling "${subject}"`);
    }
  }

  /**
   * Hands every message to a listener until closed. A subscription of its own: what a consumer delivers keeps the
   * subject it was stored under, so the multiplexer could not tell whose it is.
   */
  open(listener: (message: Msg) => void): Inbox {
    const subject = createInbox(this.inboxPrefix);
    const subscription = this.connection.subscribe(subject, {
      callback: (_, message) => {
        try {
          listener(message);
        } catch {
          // A listener that throws must not silence the connection (nats.md, fact 6); its own time-out will tell.
          subscription.unsubscribe();
        }
      },
    });
    return { subject, close: () => subscription.unsubscribe() };
  }

  /** All that waits fails; what is asked next fails at once until `restore`. */
  fail(error: () => Error): void {
    this.lost = error;
    for (const token of [...this.pending.keys()]) this.take(token)?.reject(error());
  }

  /** The server does not let this user publish there: whoever asked that is told at once, no answer would ever come. */
  deny(subject: string): void {
    for (const [token, asked] of [...this.pending]) {
      if (asked.subject === subject) this.take(token)?.reject(brokerRefused(subject));
    }
  }

  restore(): void {
    this.lost = undefined;
  }

  private send({ subject, data, headers }: Question, reply: string): void {
    const wire = toWire(headers);
    this.connection.publish(subject, data, wire === undefined ? { reply } : { reply, headers: wire });
  }

  private nextToken(): string {
    this.counter += 1;
    return this.counter.toString(RADIX);
  }

  private take(token: string): Pending | undefined {
    const waiting = this.pending.get(token);
    if (waiting === undefined) return undefined;
    this.pending.delete(token);
    this.timers.clearTimeout(waiting.timer);
    return waiting;
  }

  private receive(message: Msg): void {
    // An answer that nobody waits for any more is dropped.
    this.take(message.subject.slice(this.base.length))?.resolve(message);
  }
}

/**
 * Who gets what, and when. One router a broker; every connection publishes into it.
 *
 * Invariants: (1) a handler never runs inside the publisher's call; (2) deliveries keep the order in which they were
 * published, unless a fault plan says otherwise; (3) after `yieldAfter` deliveries the event loop gets its turn, so
 * that two chatting handlers cannot starve timers and sockets.
 */
import type { Headers } from '../port.ts';
import type { Timers } from '../timers.ts';
import type { DeliveryInterceptor } from './faults.ts';
import { SubjectTrie } from './trie.ts';

/** Looked-up subjects kept until the next change of subscriptions. */
const MAX_CACHED_ROUTES = 10_000;

/** Deliveries between two turns of the event loop: some milliseconds of work. */
const YIELD_AFTER_DELIVERIES = 1024;

/** A long backlog is cut off behind the head this often, at the cost of one copy of what is left. */
const TRIM_AFTER_DELIVERIES = 32_768;

export const INBOX_PREFIX = '_INBOX.';

/** One message in the broker. */
export interface Packet {
  readonly from: string;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly reply: string | undefined;
}

/** Where packets go: a subscription of a connection, or the inbox of its requests. */
export interface Receiver {
  /** Name of the connection. */
  readonly to: string;
  readonly queue: string | undefined;
  /** Told when a delivery to it is under way, so that a drain can wait for it. */
  expect(): void;
  receive(packet: Packet): void;
}

interface Route {
  readonly singles: readonly Receiver[];
  readonly groups: readonly (readonly Receiver[])[];
}

export interface RouterOptions {
  readonly timers: Timers;
  /** Runs a callback in a later turn of the event loop. */
  readonly defer: (run: () => void) => void;
}

export class Router {
  intercept: DeliveryInterceptor | undefined;
  private readonly options: RouterOptions;
  private readonly trie = new SubjectTrie<Receiver & { readonly filter: string }>();
  private readonly inboxes = new Map<string, Receiver>();
  private readonly routes = new Map<string, Route>();
  private queue: { readonly receiver: Receiver; readonly packet: Packet }[] = [];
  private head = 0;
  private scheduled = false;
  private sinceYield = 0;
  private turn = 0;

  constructor(options: RouterOptions) {
    this.options = options;
  }

  /** Deliveries waiting for their turn; those that a plan delays are not among them. */
  get pending(): number {
    return this.queue.length - this.head;
  }

  add(receiver: Receiver & { readonly filter: string }): void {
    this.trie.add(receiver.filter, receiver);
    this.routes.clear();
  }

  remove(receiver: Receiver & { readonly filter: string }): void {
    this.trie.remove(receiver.filter, receiver);
    this.routes.clear();
  }

  /** Replies to `_INBOX.{id}.…` go to this receiver without a look-up. */
  addInbox(id: string, receiver: Receiver): void {
    this.inboxes.set(id, receiver);
  }

  removeInbox(id: string): void {
    this.inboxes.delete(id);
  }

  /** Sends to everyone who is subscribed now; returns how many that are. */
  send(packet: Packet): number {
    if (packet.subject.startsWith(INBOX_PREFIX)) return this.sendReply(packet);
    const route = this.routes.get(packet.subject) ?? this.findRoute(packet.subject);
    for (const receiver of route.singles) this.deliver(receiver, packet, false);
    for (const group of route.groups) {
      this.turn += 1;
      const chosen = group[this.turn % group.length];
      if (chosen !== undefined) this.deliver(chosen, packet, false);
    }
    return route.singles.length + route.groups.length;
  }

  /** Whether a packet of this subject would have a receiver now. */
  hears(subject: string): boolean {
    return this.trie.has(subject);
  }

  private sendReply(packet: Packet): number {
    const id = packet.subject.slice(INBOX_PREFIX.length, packet.subject.lastIndexOf('.'));
    const inbox = this.inboxes.get(id);
    if (inbox === undefined) return 0;
    this.deliver(inbox, packet, true);
    return 1;
  }

  private findRoute(subject: string): Route {
    const singles: Receiver[] = [];
    const groups = new Map<string, Receiver[]>();
    for (const receiver of this.trie.find(subject)) {
      if (receiver.queue === undefined) {
        singles.push(receiver);
        continue;
      }
      const group = groups.get(receiver.queue);
      if (group === undefined) groups.set(receiver.queue, [receiver]);
      else group.push(receiver);
    }
    const route = { singles, groups: [...groups.values()] };
    if (this.routes.size >= MAX_CACHED_ROUTES) this.routes.clear();
    this.routes.set(subject, route);
    return route;
  }

  private deliver(receiver: Receiver, packet: Packet, isReply: boolean): void {
    if (this.intercept === undefined) {
      this.enqueue(receiver, packet);
      return;
    }
    const { from, subject, data, headers } = packet;
    const plan = this.intercept({ from, to: receiver.to, subject, data, headers, isReply }) ?? [0];
    for (const delayMs of plan) {
      if (delayMs <= 0) this.enqueue(receiver, packet);
      else this.options.timers.setTimeout(() => this.enqueue(receiver, packet), delayMs);
    }
  }

  private enqueue(receiver: Receiver, packet: Packet): void {
    receiver.expect();
    this.queue.push({ receiver, packet });
    if (!this.scheduled) this.schedule();
  }

  private schedule(): void {
    this.scheduled = true;
    if (this.sinceYield < YIELD_AFTER_DELIVERIES) {
      queueMicrotask(this.run);
      return;
    }
    this.options.defer(() => {
      this.sinceYield = 0;
      this.run();
    });
  }

  private readonly run = (): void => {
    while (this.head < this.queue.length && this.sinceYield < YIELD_AFTER_DELIVERIES) {
      const next = this.queue[this.head];
      this.head += 1;
      this.sinceYield += 1;
      next?.receiver.receive(next.packet);
    }
    this.scheduled = false;
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    } else {
      if (this.head >= TRIM_AFTER_DELIVERIES) {
        this.queue = this.queue.slice(this.head);
        this.head = 0;
      }
      this.schedule();
    }
  };
}

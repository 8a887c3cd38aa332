/**
 * One subscription's way to its handler, the same for every bus.
 *
 * Invariants: (1) messages are handled in the order they came, the next one after the promise of the last has settled;
 * (2) whatever a handler throws stays here and is reported; (3) no more than `maxPending` wait, the newest is dropped.
 */
import type { BusStatus, Message, MessageHandler } from './port.ts';

/** Most messages that wait for one handler unless a subscription says otherwise: seconds of work, tens of MB at 1 KiB. */
export const DEFAULT_MAX_PENDING = 65_536;

export interface MailboxOptions {
  readonly subject: string;
  readonly handler: MessageHandler;
  readonly maxPending: number;
  readonly report: (status: BusStatus) => void;
}

const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

export class Mailbox {
  private readonly options: MailboxOptions;
  private waiting: Message[] = [];
  private head = 0;
  private busy = false;
  private stopped = false;
  private dropped = 0;
  private idleListeners: (() => void)[] = [];

  constructor(options: MailboxOptions) {
    this.options = options;
  }

  get isIdle(): boolean {
    return !this.busy && this.head === this.waiting.length;
  }

  /** Handles the message now if the handler is free, else keeps it. Never throws. */
  push(message: Message): void {
    if (this.stopped) return;
    if (!this.busy) this.handle(message);
    else if (this.waiting.length - this.head < this.options.maxPending) this.waiting.push(message);
    else this.drop();
  }

  /** Resolves when everything pushed so far has been handled. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  /** Drops what waits; nothing is handled any more. */
  stop(): void {
    this.stopped = true;
    this.clear();
    this.tellIdle();
  }

  private handle(message: Message): void {
    try {
      const result = this.options.handler(message);
      if (!isThenable(result)) return;
      this.busy = true;
      result.then(this.next, (error: unknown) => {
        this.fail(error);
        this.next();
      });
    } catch (error) {
      this.fail(error);
    }
  }

  private readonly next = (): void => {
    this.busy = false;
    while (!this.busy && this.head < this.waiting.length) {
      const message = this.waiting[this.head] as Message;
      this.head += 1;
      this.handle(message);
    }
    if (this.head === this.waiting.length) this.clear();
    if (this.isIdle) this.tellIdle();
  };

  private clear(): void {
    this.waiting = [];
    this.head = 0;
  }

  private tellIdle(): void {
    const listeners = this.idleListeners;
    this.idleListeners = [];
    for (const listener of listeners) listener();
  }

  private drop(): void {
    this.dropped += 1;
    // Each doubling is reported: the first at once, a flood not once a message.
    if (isPowerOfTwo(this.dropped)) {
      this.options.report({ type: 'slow_consumer', subject: this.options.subject, dropped: this.dropped });
    }
  }

  private fail(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
    this.options.report({ type: 'handler_error', subject: this.options.subject, error });
  }
}

function isThenable(value: unknown): value is Promise<void> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

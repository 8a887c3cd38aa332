/**
 * Delivery within the process: a message is validated and given to its handler later, in order, as it is. Nobody changes it
 * (docs/adr/0008).
 */
import { type AnyMessage, checked, TuttiError } from '@tutti/contracts';
import { Deadlines, type Expiring } from './deadlines.ts';
import type { Incoming } from './exchange.ts';
import type { LocalTable, Served } from './local-table.ts';
import type { KernelPorts } from './ports.ts';

type Reply = (message: AnyMessage) => void;
/** Takes an answer as it came, or what went wrong instead. */
export type Answered = (answer: Incoming | TuttiError) => void;

export class Near {
  readonly #ports: Pick<KernelPorts, 'clock' | 'log'>;
  readonly #table: LocalTable;
  readonly #identity: string;
  readonly #deadlines: Deadlines;

  constructor(ports: Pick<KernelPorts, 'clock' | 'log'>, table: LocalTable, identity: string) {
    this.#ports = ports;
    this.#table = table;
    this.#identity = identity;
    this.#deadlines = new Deadlines(ports.clock);
  }

  send(served: Served, to: string, message: AnyMessage): void {
    this.#ports.clock.soon(() => this.handOver(served, to, message, undefined));
  }

  call(served: Served, to: string, message: AnyMessage, timeoutMs: number, answered: Answered, id?: string): void {
    const call = new NearCall(this, served, to, answered, timeoutMs);
    this.#deadlines.add(call, timeoutMs);
    this.#ports.clock.soon(() => this.handOver(served, to, message, call.reply, id));
  }

  /** What the contract does not take is refused as if it came from outside. */
  handOver({ handler }: Served, subject: string, given: AnyMessage, reply: Reply | undefined, id?: string): void {
    let message: AnyMessage;
    try {
      message = this.#table.sealed(checked(given));
    } catch (error) {
      return this.refused(subject, error, reply);
    }
    const from = this.#identity;
    const known = id === undefined ? { subject, from, message } : { subject, from, message, id };
    handler(reply === undefined ? known : { ...known, reply });
  }

  refused(subject: string, error: unknown, reply: Reply | undefined): void {
    const refusal = TuttiError.from(error, 'bad_message');
    this.#ports.log.warn({ subject, code: refusal.code, err: refusal }, 'a message was refused');
    reply?.({ type: 'error', error: refusal.toData() });
  }

  soon(callback: () => void): void {
    this.#ports.clock.soon(callback);
  }

  sealed(answer: AnyMessage): AnyMessage {
    return this.#table.sealed(checked(answer));
  }
}

const ignore: Answered = () => undefined;

/** One call: answered once, or late. */
class NearCall implements Expiring {
  isOpen = true;
  readonly #near: Near;
  readonly #served: Served;
  readonly #to: string;
  readonly #timeoutMs: number;
  #answered: Answered;

  constructor(near: Near, served: Served, to: string, answered: Answered, timeoutMs: number) {
    this.#near = near;
    this.#served = served;
    this.#to = to;
    this.#answered = answered;
    this.#timeoutMs = timeoutMs;
  }

  readonly reply: Reply = (answer) => {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#near.soon(() => this.#take(answer));
  };

  late(): void {
    this.isOpen = false;
    this.#answered(new TuttiError('request_timeout', `No answer from ${this.#to} within ${this.#timeoutMs} ms`));
  }

  /** The deadlines know an answered call for a while: whoever asked, and what was asked, must not live as long. */
  #take(answer: AnyMessage): void {
    const answered = this.#answered;
    this.#answered = ignore;
    let message: AnyMessage;
    try {
      message = this.#near.sealed(answer);
    } catch (error) {
      return answered(TuttiError.from(error));
    }
    answered({ subject: this.#to, from: this.#served.identity, message });
  }
}

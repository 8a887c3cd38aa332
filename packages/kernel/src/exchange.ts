/**
 * Typed messages over the bus: seal, encode, send; receive, decode, validate.
 *
 * A message for a subject that this process serves itself skips the socket but not the envelope: it is encoded, decoded,
 * validated and delivered later, exactly as if it had come from outside.
 */
import {
  type Body,
  CONTENT_TYPES,
  createOverflow,
  decode,
  encode,
  type Message,
  type Overflow,
  type Subscription,
} from '@tutti/bus';
import { type AnyMessage, HEADERS, mayAnswer, open, seal, TuttiError } from '@tutti/contracts';
import { createLocalTable, type LocalTable } from './local-table.ts';
import type { KernelPorts } from './ports.ts';

/** A validated message as it reached this process. */
export interface Incoming {
  readonly id: string;
  readonly subject: string;
  readonly from: string;
  readonly message: AnyMessage;
  /** Present when the sender awaits an answer. */
  readonly reply?: (message: AnyMessage) => void;
}

export interface ServeOptions {
  readonly queue?: string;
  /** False: always by the broker, for subjects that several processes hear. Default true. */
  readonly local?: boolean;
}

export interface Exchange {
  /** Who this process is in the envelopes it sends. */
  readonly identity: string;
  send(to: string, message: AnyMessage): void;
  /** Resolves with the answer; rejects with the error that answered, or with what the bus says. */
  ask(to: string, message: AnyMessage, timeoutMs: number): Promise<Incoming>;
  serve(filter: string, handler: (incoming: Incoming) => void, options?: ServeOptions): Subscription;
}

export interface ExchangeOptions {
  readonly identity: string;
  /** Whether messages to oneself skip the broker. Default true. */
  readonly local?: boolean;
}

export function createExchange(ports: KernelPorts, options: ExchangeOptions): Exchange {
  return new BusExchange(ports, options);
}

type Handle = (incoming: Incoming) => void;
type Respond = (body: Body) => void;

class BusExchange implements Exchange {
  readonly identity: string;
  readonly #ports: KernelPorts;
  readonly #overflow: Overflow;
  readonly #table: LocalTable;
  readonly #skipSocket: boolean;

  constructor(ports: KernelPorts, options: ExchangeOptions) {
    this.identity = options.identity;
    this.#ports = ports;
    this.#overflow = createOverflow(ports.bus);
    this.#table = ports.local ?? createLocalTable();
    this.#skipSocket = options.local !== false;
  }

  send(to: string, message: AnyMessage): void {
    const { clock, ids, bus, log } = this.#ports;
    const body = this.#pack(message);
    const handle = this.#localHandler(to);
    if (handle !== undefined) return clock.soon(() => this.#deliver(body, ids.next(), to, handle));
    const publish = (b: Body): void => bus.publish(to, b.data, { headers: headersOf(b, ids.next()) });
    const failed = (err: unknown): void => log.warn({ err, to }, 'a message could not be sent');
    try {
      void settle(this.#overflow.outgoing(body), publish)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  async ask(to: string, message: AnyMessage, timeoutMs: number): Promise<Incoming> {
    const body = this.#pack(message);
    const handle = this.#localHandler(to);
    const asked =
      handle === undefined ? this.#askBus(to, body, timeoutMs) : this.#askLocal(handle, to, body, timeoutMs);
    const answer = await asked;
    if (answer.message.type === 'error') throw TuttiError.fromData(answer.message.error);
    if (mayAnswer(message.type, answer.message.type)) return answer;
    throw new TuttiError('bad_message', `${answer.message.type} cannot answer ${message.type}`);
  }

  serve(filter: string, handler: Handle, options: ServeOptions = {}): Subscription {
    const queue = options.queue === undefined ? {} : { queue: options.queue };
    const subscription = this.#ports.bus.subscribe(filter, (message) => this.#onBus(message, handler), queue);
    if (options.local === false || !this.#skipSocket) return subscription;
    const remove = this.#table.add(filter, handler);
    return {
      subject: filter,
      drain: () => {
        remove();
        return subscription.drain();
      },
      unsubscribe: () => {
        remove();
        subscription.unsubscribe();
      },
    };
  }

  #pack(message: AnyMessage): Body {
    return encode(seal(message, this.identity));
  }

  #unpack(body: Body, id: string, subject: string, respond?: Respond): Incoming {
    const { message, from } = open(decode(body.data, body.contentType));
    if (respond === undefined) return { id, subject, from, message };
    return { id, subject, from, message, reply: (answer) => respond(this.#pack(answer)) };
  }

  /** Decodes for a handler; what cannot be decoded is answered and logged, never thrown into the bus. */
  #deliver(body: Body, id: string, subject: string, handle: Handle, respond?: Respond): void {
    let incoming: Incoming;
    try {
      incoming = this.#unpack(body, id, subject, respond);
    } catch (error) {
      const refusal = TuttiError.from(error, 'bad_message');
      this.#ports.log.warn({ subject, code: refusal.code, err: refusal }, 'a message was refused');
      return respond?.(this.#pack({ type: 'error', error: refusal.toData() }));
    }
    handle(incoming);
  }

  #onBus(message: Message, handle: Handle): void | Promise<void> {
    const { ids } = this.#ports;
    const id = message.headers[HEADERS.id] ?? ids.next();
    const send = (b: Body): void => message.respond(b.data, headersOf(b, ids.next()));
    const respond =
      message.reply === undefined ? undefined : (body: Body): void => this.#respond(body, send, message.subject);
    return settle(this.#overflow.incoming(bodyOf(message)), (body) =>
      this.#deliver(body, id, message.subject, handle, respond),
    );
  }

  /** An answer that cannot be sent is logged: the asker hears of it by its time-out. */
  #respond(body: Body, send: (body: Body) => void, subject: string): void {
    const failed = (err: unknown): void => this.#ports.log.warn({ err, subject }, 'an answer could not be sent');
    try {
      void settle(this.#overflow.outgoing(body), send)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #localHandler(to: string): Handle | undefined {
    return this.#skipSocket ? this.#table.find(to) : undefined;
  }

  #askLocal(handle: Handle, to: string, body: Body, timeoutMs: number): Promise<Incoming> {
    const { clock, ids } = this.#ports;
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new TuttiError('request_timeout', `No answer from ${to} within ${timeoutMs} ms`));
      const timer = clock.after(timeoutMs, late, true);
      const respond = (answer: Body): void => {
        timer.cancel();
        clock.soon(() => this.#deliver(answer, '', to, resolve));
      };
      clock.soon(() => this.#deliver(body, ids.next(), to, handle, respond));
    });
  }

  async #askBus(to: string, body: Body, timeoutMs: number): Promise<Incoming> {
    const out = await this.#overflow.outgoing(body);
    const headers = headersOf(out, this.#ports.ids.next());
    const answer = await this.#ports.bus.request(to, out.data, { timeoutMs, headers });
    return this.#unpack(await this.#overflow.incoming(bodyOf(answer)), '', to);
  }
}

const headersOf = (body: Body, id: string): Record<string, string> => ({
  [HEADERS.id]: id,
  [HEADERS.contentType]: body.contentType,
});

const bodyOf = (message: Message): Body => ({
  data: message.data,
  contentType: message.headers[HEADERS.contentType] ?? CONTENT_TYPES.msgpack,
});

/** Runs `use` at once when the value is there, later when it is a promise: the hot path makes no promise. */
function settle<T>(value: T | Promise<T>, use: (value: T) => void): void | Promise<void> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/**
 * Typed messages over the bus: seal, encode, send; receive, decode, validate.
 *
 * A message for a subject that this process serves itself is validated and delivered later, as if it had come from outside,
 * but handed over as it is: nobody changes a message, neither who sent it nor who gets it (docs/adr/0008).
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
import { type AnyMessage, HEADERS, type MessageType, mayAnswer, open, seal, TuttiError } from '@tutti/contracts';
import { instrumentsOf, type KernelInstruments } from './instruments.ts';
import { createLocalTable, type LocalTable, type Served } from './local-table.ts';
import { Near } from './near.ts';
import type { KernelPorts } from './ports.ts';

/** A validated message as it reached this process. */
export interface Incoming {
  /** Under which a repetition is known; absent where none can come: answers, and messages that never left the process. */
  readonly id?: string;
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

/** Takes what came of a call. */
export type Done = (answer: Incoming | TuttiError) => void;

export interface Exchange {
  /** Who this process is in the envelopes it sends. */
  readonly identity: string;
  send(to: string, message: AnyMessage): void;
  /**
   * Calls back once, later: with the answer, or with the error that answered or what the bus says.
   *
   * `id`: of a message that is passed on, its own, so that what comes twice counts once however it comes. Default: a new one.
   */
  call(to: string, message: AnyMessage, timeoutMs: number, done: Done, id?: string): void;
  /** The same as a promise. */
  ask(to: string, message: AnyMessage, timeoutMs: number, id?: string): Promise<Incoming>;
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
  readonly #near: Near;
  readonly #skipSocket: boolean;
  readonly #instruments: KernelInstruments;

  constructor(ports: KernelPorts, options: ExchangeOptions) {
    this.identity = options.identity;
    this.#ports = ports;
    this.#instruments = instrumentsOf(ports.meter);
    this.#overflow = createOverflow(ports.bus);
    this.#table = ports.local ?? createLocalTable();
    this.#near = new Near(ports, this.#table, this.identity);
    this.#skipSocket = options.local !== false;
  }

  send(to: string, message: AnyMessage): void {
    const { ids, bus, log } = this.#ports;
    const served = this.#served(to);
    if (served !== undefined) return this.#near.send(served, to, message);
    this.#instruments.published.add();
    const body = this.#pack(message);
    const publish = (b: Body): void => bus.publish(to, b.data, { headers: headersOf(b, ids.next()) });
    const failed = (err: unknown): void => log.warn({ err, to }, 'a message could not be sent');
    try {
      void settle(this.#overflow.outgoing(body), publish)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  call(to: string, message: AnyMessage, timeoutMs: number, done: Done, id?: string): void {
    const { type } = message;
    const answered: Done = (answer) => done(answer instanceof TuttiError ? answer : answerTo(type, answer));
    const served = this.#served(to);
    if (served !== undefined) return this.#near.call(served, to, message, timeoutMs, answered, id);
    const fail = (error: unknown): void => answered(TuttiError.from(error));
    try {
      this.#askBus(to, this.#pack(message), timeoutMs, id).then(answered, fail);
    } catch (error) {
      this.#ports.clock.soon(() => fail(error));
    }
  }

  ask(to: string, message: AnyMessage, timeoutMs: number, id?: string): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      const done: Done = (answer) => (answer instanceof TuttiError ? reject(answer) : resolve(answer));
      this.call(to, message, timeoutMs, done, id);
    });
  }

  serve(filter: string, handler: Handle, options: ServeOptions = {}): Subscription {
    const queue = options.queue === undefined ? {} : { queue: options.queue };
    const subscription = this.#ports.bus.subscribe(filter, (message) => this.#onBus(message, handler), queue);
    if (options.local === false || !this.#skipSocket) return subscription;
    const remove = this.#table.add(filter, this.identity, handler);
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

  #unpack(body: Body, subject: string): Incoming {
    const { message, from } = open(decode(body.data, body.contentType));
    return { subject, from, message };
  }

  /** Decodes for a handler; what cannot be decoded is answered and logged, never thrown into the bus. */
  #deliver(body: Body, subject: string, handle: Handle, respond?: Respond, id?: string): void {
    const reply = respond === undefined ? undefined : (answer: AnyMessage): void => respond(this.#pack(answer));
    let incoming: Incoming;
    try {
      incoming = this.#unpack(body, subject);
    } catch (error) {
      if (reply === undefined) this.#setAside(subject, body, error);
      return this.#near.refused(subject, error, reply);
    }
    const known = id === undefined ? incoming : { ...incoming, id };
    handle(reply === undefined ? known : { ...known, reply });
  }

  /** Nobody hears that it was refused: who waits for no answer gets none. */
  #setAside(subject: string, { data, contentType }: Body, error: unknown): void {
    this.#ports.setAside?.({ subject, data, contentType, error: TuttiError.from(error, 'bad_message') });
  }

  #onBus(message: Message, handle: Handle): void | Promise<void> {
    const { ids } = this.#ports;
    this.#instruments.received.add();
    const id = message.headers[HEADERS.id] ?? ids.next();
    const send = (b: Body): void => message.respond(b.data, headersOf(b, ids.next()));
    const respond =
      message.reply === undefined ? undefined : (body: Body): void => this.#respond(body, send, message.subject);
    return settle(this.#overflow.incoming(bodyOf(message)), (body) =>
      this.#deliver(body, message.subject, handle, respond, id),
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

  /** Who serves a subject in this process, if messages may skip the broker. */
  #served(to: string): Served | undefined {
    return this.#skipSocket ? this.#table.find(to) : undefined;
  }

  async #askBus(to: string, body: Body, timeoutMs: number, id = this.#ports.ids.next()): Promise<Incoming> {
    const { clock, bus } = this.#ports;
    const begunMs = clock.monotonic();
    this.#instruments.published.add();
    const out = await this.#overflow.outgoing(body);
    const headers = headersOf(out, id);
    const answer = await bus.request(to, out.data, { timeoutMs, headers });
    this.#instruments.requests.record(clock.monotonic() - begunMs);
    return this.#unpack(await this.#overflow.incoming(bodyOf(answer)), to);
  }
}

/** An answer that the table allows, or the error that it is. */
function answerTo(question: MessageType, answer: Incoming): Incoming | TuttiError {
  const { message } = answer;
  if (message.type === 'error') return TuttiError.fromData(message.error);
  if (mayAnswer(question, message.type)) return answer;
  return new TuttiError('bad_message', `${message.type} cannot answer ${question}`);
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

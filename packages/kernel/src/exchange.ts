/**
 * Typed messages over the bus: seal, encode, send; receive, decode, validate.
 *
 * A message for a subject that this process serves itself skips the socket but not the envelope: it is encoded, decoded,
 * validated and delivered later, exactly as if it had come from outside.
 */
import { type Body, createOverflow, decode, encode, type Message, type Subscription } from '@tutti/bus';
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
  const { bus, ids, log } = ports;
  const overflow = createOverflow(bus);
  const table: LocalTable = createLocalTable();
  const pack = (message: AnyMessage): Body => encode(seal(message, options.identity));
  const headersOf = (body: Body, id: string): Record<string, string> => ({
    [HEADERS.id]: id,
    [HEADERS.contentType]: body.contentType,
  });

  const unpack = (body: Body, id: string, subject: string, respond?: (body: Body) => void): Incoming => {
    const { message, from } = open(decode(body.data, body.contentType));
    if (respond === undefined) return { id, subject, from, message };
    return { id, subject, from, message, reply: (answer) => respond(pack(answer)) };
  };

  /** Decodes for a handler; what cannot be decoded is answered and logged, never thrown into the bus. */
  const deliver = (
    body: Body,
    id: string,
    subject: string,
    handle: (i: Incoming) => void,
    respond?: (b: Body) => void,
  ): void => {
    let incoming: Incoming;
    try {
      incoming = unpack(body, id, subject, respond);
    } catch (error) {
      const refusal = TuttiError.from(error, 'bad_message');
      log.warn({ subject, code: refusal.code, err: refusal }, 'a message was refused');
      respond?.(pack({ type: 'error', error: refusal.toData() }));
      return;
    }
    handle(incoming);
  };

  const bodyOf = (message: Message): Body => ({
    data: message.data,
    contentType: message.headers[HEADERS.contentType] ?? 'application/msgpack',
  });

  const onBus = (message: Message, handle: (i: Incoming) => void): void | Promise<void> => {
    const id = message.headers[HEADERS.id] ?? ids.next();
    const respond =
      message.reply === undefined
        ? undefined
        : (body: Body) => settle(overflow.outgoing(body), (b) => message.respond(b.data, headersOf(b, ids.next())));
    return settle(overflow.incoming(bodyOf(message)), (body) => deliver(body, id, message.subject, handle, respond));
  };

  const askLocal = (handle: (i: Incoming) => void, to: string, body: Body, timeoutMs: number): Promise<Incoming> =>
    new Promise((resolve, reject) => {
      const timer = ports.clock.after(timeoutMs, () =>
        reject(new TuttiError('request_timeout', `No answer from ${to} within ${timeoutMs} ms`)),
      );
      const respond = (answer: Body): void => {
        timer.cancel();
        ports.clock.soon(() => deliver(answer, '', to, resolve));
      };
      ports.clock.soon(() => deliver(body, ids.next(), to, handle, respond));
    });

  const askBus = async (to: string, body: Body, timeoutMs: number): Promise<Incoming> => {
    const out = await overflow.outgoing(body);
    const answer = await bus.request(to, out.data, { timeoutMs, headers: headersOf(out, ids.next()) });
    return unpack(await overflow.incoming(bodyOf(answer)), '', to);
  };

  return {
    identity: options.identity,
    send(to, message) {
      const body = pack(message);
      const handle = options.local === false ? undefined : table.find(to);
      if (handle !== undefined) ports.clock.soon(() => deliver(body, ids.next(), to, handle));
      else
        settle(
          overflow.outgoing(body),
          (b) => bus.publish(to, b.data, { headers: headersOf(b, ids.next()) }),
          (err) => log.warn({ err, to }, 'a message could not be sent'),
        );
    },
    async ask(to, message, timeoutMs) {
      const body = pack(message);
      const handle = options.local === false ? undefined : table.find(to);
      const answer = await (handle === undefined ? askBus(to, body, timeoutMs) : askLocal(handle, to, body, timeoutMs));
      if (answer.message.type === 'error') throw TuttiError.fromData(answer.message.error);
      if (mayAnswer(message.type, answer.message.type)) return answer;
      throw new TuttiError('bad_message', `${answer.message.type} cannot answer ${message.type}`);
    },
    serve(filter, handler, serve = {}) {
      const subscription = bus.subscribe(
        filter,
        (message) => onBus(message, handler),
        serve.queue === undefined ? {} : { queue: serve.queue },
      );
      if (serve.local === false) return subscription;
      const remove = table.add(filter, handler);
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
    },
  };
}

/** Runs `use` at once when the value is there, later when it is a promise: the hot path makes no promise. */
function settle<T>(
  value: T | Promise<T>,
  use: (value: T) => void,
  failed?: (error: unknown) => void,
): void | Promise<void> {
  if (!(value instanceof Promise)) return use(value);
  const done = value.then(use);
  return failed === undefined ? done : done.catch(failed);
}

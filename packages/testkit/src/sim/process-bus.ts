/** The bus as one process of the simulation sees it: it takes time, may fail, and everything is written to the trace. */
import {
  type Blobs,
  type Bus,
  decode,
  type Headers,
  type KeyValues,
  type Logs,
  type Message,
  type MessageHandler,
  type PublishOptions,
  type RequestOptions,
  type SubscribeOptions,
  type Subscription,
} from '@tutti/bus';
import { type AnyMessage, HEADERS, open, TuttiError } from '@tutti/contracts';
import type { FaultRates, Weather } from './faults.ts';
import type { SimProcess } from './process.ts';
import type { Seeded } from './random.ts';

/** A question to the store and its answer, ms each way. */
const STORE_MS = { from: 0.2, to: 1.5 };

/** What bytes held when they were sent: their receivers get the same ones. */
const known = new WeakMap<Uint8Array, AnyMessage>();

/** The message that bytes hold; undefined for what is no control message (events for people, references). */
export function messageIn(data: Uint8Array, headers: Headers | undefined): AnyMessage | undefined {
  const before = known.get(data);
  if (before !== undefined) return before;
  try {
    const { message } = open(decode(data, headers?.[HEADERS.contentType]));
    known.set(data, message);
    return message;
  } catch {
    return undefined;
  }
}

const unavailable = (text: string): TuttiError => new TuttiError('broker_unavailable', text);

/** Heartbeats are most of the traffic and say nothing that a checker asks for. */
const isNoise = (subject: string): boolean => subject.includes('.hb.') || subject.includes('.evt.');

export function processBus(process: SimProcess, rates: FaultRates, weather: Weather): Bus {
  const inner = process.connection;
  const storage = new Storage(process, rates, weather);
  return {
    kind: inner.kind,
    durable: inner.durable,
    limits: inner.limits,
    logs: storage.logs(inner.logs),
    keyValues: storage.keyValues(inner.keyValues),
    blobs: storage.blobs(inner.blobs),
    publish(subject: string, data: Uint8Array, options?: PublishOptions): void {
      if (!process.alive) return;
      note(process, 'sent', subject, data, options?.headers);
      inner.publish(subject, data, options);
    },
    request(subject: string, data: Uint8Array, options: RequestOptions): Promise<Message> {
      if (!process.alive) return new Promise(() => undefined);
      note(process, 'sent', subject, data, options.headers);
      return process.hear(inner.request(subject, data, options)).then((answer) => {
        note(process, 'received', subject, answer.data, answer.headers);
        return answer;
      });
    },
    subscribe: (subject: string, handler: MessageHandler, options?: SubscribeOptions): Subscription =>
      inner.subscribe(subject, (message) => receive(process, message, handler), options),
    flush: () => process.hear(inner.flush()),
    onStatus: (listener) => inner.onStatus((status) => process.run(() => listener(status))),
    close: () => process.hear(inner.close()),
  };
}

function note(
  process: SimProcess,
  kind: 'sent' | 'received',
  subject: string,
  data: Uint8Array,
  headers: Headers | undefined,
): AnyMessage | undefined {
  if (isNoise(subject)) return undefined;
  const message = messageIn(data, headers);
  const { time, trace } = process.world;
  if (message !== undefined) trace.add({ kind, at: time.elapsed, process: process.name, subject, message });
  return message;
}

/** Hands a message over now or, to a process that is paused, later; the mailbox waits for it as for any handler. */
function receive(process: SimProcess, message: Message, handler: MessageHandler): void | Promise<void> {
  const take = (): void | Promise<void> => {
    const request = note(process, 'received', message.subject, message.data, message.headers);
    return handler(request === undefined ? message : answering(process, message, request));
  };
  if (!process.paused && process.alive) return take();
  return new Promise((resolve, reject) => {
    process.run(() => {
      Promise.resolve()
        .then(take)
        .then(() => resolve(), reject);
    });
  });
}

/** The message with its answer in the trace. */
function answering(process: SimProcess, message: Message, request: AnyMessage): Message {
  const respond = (data: Uint8Array, headers?: Headers): void => {
    if (!process.alive) return;
    const answer = messageIn(data, headers);
    const { time, trace } = process.world;
    if (answer !== undefined && message.reply !== undefined) {
      const { subject } = message;
      trace.add({ kind: 'answered', at: time.elapsed, process: process.name, subject, message: answer, request });
    }
    message.respond(data, headers);
  };
  const { subject, data, headers, reply } = message;
  return { subject, data, headers, ...(reply === undefined ? {} : { reply }), respond };
}

/** The stores behind latency, and behind lost questions and answers while it storms. */
class Storage {
  readonly #process: SimProcess;
  readonly #rates: FaultRates;
  readonly #weather: Weather;
  readonly #random: Seeded;

  constructor(process: SimProcess, rates: FaultRates, weather: Weather) {
    this.#process = process;
    this.#rates = rates;
    this.#weather = weather;
    this.#random = process.random.fork('storage');
  }

  logs(inner: Logs): Logs {
    return {
      maxRecords: inner.maxRecords,
      // The broker's own fault plan covers appends.
      append: (key, data, options) =>
        this.#process.hear(this.#appended(key, options.id, inner.append(key, data, options))),
      read: (key, fromSeq) => this.#ask(() => inner.read(key, fromSeq)),
      last: (key) => this.#ask(() => inner.last(key)),
      keys: (filter) => this.#ask(() => inner.keys(filter)),
      purge: (key, beforeSeq) => this.#ask(() => inner.purge(key, beforeSeq)),
    };
  }

  async #appended(key: string, id: string, append: Promise<number>): Promise<number> {
    const seq = await append;
    const { name, world } = this.#process;
    world.trace.add({ kind: 'appended', at: world.time.elapsed, process: name, key, id });
    return seq;
  }

  keyValues(inner: KeyValues): KeyValues {
    return {
      get: (key) => this.#ask(() => inner.get(key)),
      set: (key, value, expect) => this.#write(() => inner.set(key, value, expect)),
      delete: (key) => this.#write(() => inner.delete(key)),
      list: (prefix) => this.#ask(() => inner.list(prefix)),
    };
  }

  blobs(inner: Blobs): Blobs {
    return {
      put: (data) => this.#write(() => inner.put(data)),
      get: (hash) => this.#ask(() => inner.get(hash)),
      delete: (hash) => this.#ask(() => inner.delete(hash)),
    };
  }

  /** What would have to be stored is refused by a full disk. */
  #write<T>(question: () => Promise<T>): Promise<T> {
    return this.#ask(() => {
      const isFull = this.#weather.stormy() && this.#weather.isFull;
      return isFull ? Promise.reject(unavailable('The disk of the broker is full')) : question();
    });
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#process.hear(this.#through(question));
  }

  async #through<T>(question: () => Promise<T>): Promise<T> {
    const { time } = this.#process.world;
    const isFaulty = this.#weather.stormy() && this.#random.chance(this.#rates.storage);
    const isAnswerLost = isFaulty && this.#random.chance(0.5);
    await time.sleep(this.#random.between(STORE_MS.from, STORE_MS.to));
    const isAway = this.#weather.stormy() && this.#weather.away.has(this.#process.name);
    if (isAway || (isFaulty && !isAnswerLost)) throw unavailable('The question to the store was lost');
    const answer = await question();
    await time.sleep(this.#random.between(STORE_MS.from, STORE_MS.to));
    if (isAnswerLost) throw unavailable("The store's answer was lost");
    return answer;
  }
}

/** Reads all messages of a subject by an ordered pull consumer (nats.md, fact 12), up to a sequence known to exist. */
import { type Msg, nuid } from 'nats';
import { unavailable } from '../errors.ts';
import { type Timers, wait } from '../timers.ts';
import { apiFailure, type JetStreamApi, type StoredMessage, TRANSIENT_WAIT_MS } from './jetstream-api.ts';
import { fromWire } from './wire.ts';

const BATCH = 256;
/** A consumer comes within some milliseconds; waited for twice as long each time, up to the limit. */
const FIRST_SILENCE_MS = 500;
const SILENCE_LIMIT_MS = 3_000;
const MAX_RESTARTS = 5;
const CONSUMER_LIFE_NANOS = 30_000_000_000;
const NANOS_PER_MS = 1_000_000;

export interface Range {
  readonly stream: string;
  readonly subject: string;
  readonly fromSeq: number;
  /** Sequence of a message of the subject, the last one to be read. */
  readonly toSeq: number;
}

/** Rejects with `broker_unavailable` when the broker stays silent through several consumers. */
export async function readRange(api: JetStreamApi, range: Range): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let restart = 0; restart < MAX_RESTARTS; restart += 1) {
    const next = Math.max(range.fromSeq, (messages.at(-1)?.seq ?? 0) + 1);
    if (await readPass(api, { ...range, fromSeq: next }, messages)) return messages;
  }
  throw unavailable(`The log "${range.subject}" could not be read to its end.`);
}

/** One consumer's life: true when it came to the end, false when it was lost, fell silent or skipped one. */
async function readPass(api: JetStreamApi, range: Range, messages: StoredMessage[]): Promise<boolean> {
  const consumer = await openConsumer(api, range);
  const pull = new Pull(api, `CONSUMER.MSG.NEXT.${range.stream}.${consumer}`, range.toSeq, messages);
  try {
    return await pull.run();
  } finally {
    pull.close();
    dropConsumer(api, range, consumer);
  }
}

const dropConsumer = (api: JetStreamApi, { stream }: Range, name: string): void =>
  api.send(`CONSUMER.DELETE.${stream}.${name}`, {}, '');

/**
 * The name of a consumer that lives. A cluster may place one on a server that has just died: asked again for the same
 * name it stays silent, so each attempt asks for another one.
 */
async function openConsumer(api: JetStreamApi, range: Range): Promise<string> {
  const deadline = api.deadline();
  for (let silenceMs = FIRST_SILENCE_MS; ; silenceMs = Math.min(2 * silenceMs, SILENCE_LIMIT_MS)) {
    const name = nuid.next();
    const command = `CONSUMER.CREATE.${range.stream}.${name}.${range.subject}`;
    const created = await api.askWithin<object>(silenceMs, command, consumerOf(name, range));
    if (created?.error !== undefined) throw apiFailure(`a reader of ${range.stream}`, created.error);
    if (created !== undefined) return name;
    dropConsumer(api, range, name);
    if (api.isPast(deadline)) throw unavailable(`No reader of "${range.subject}" came within ${api.timeoutMs} ms.`);
    await wait(api.timers, TRANSIENT_WAIT_MS);
  }
}

function consumerOf(name: string, range: Range): object {
  const config = {
    name,
    deliver_policy: 'by_start_sequence',
    opt_start_seq: range.fromSeq,
    ack_policy: 'none',
    replay_policy: 'instant',
    filter_subject: range.subject,
    max_deliver: 1,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: CONSUMER_LIFE_NANOS,
  };
  return { stream_name: range.stream, config };
}

class Pull {
  private readonly api: JetStreamApi;
  private readonly next: string;
  private readonly toSeq: number;
  private readonly messages: StoredMessage[];
  private readonly inbox: ReturnType<JetStreamApi['open']>;
  private readonly timers: Timers;
  private expected = 1;
  private inBatch = 0;
  private timer: unknown;
  private finish: (isComplete: boolean) => void = () => undefined;

  constructor(api: JetStreamApi, next: string, toSeq: number, messages: StoredMessage[]) {
    this.api = api;
    this.next = next;
    this.toSeq = toSeq;
    this.messages = messages;
    this.timers = api.timers;
    this.inbox = api.open((message) => this.receive(message));
  }

  run(): Promise<boolean> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.ask();
    });
  }

  close(): void {
    this.timers.clearTimeout(this.timer);
    this.inbox.close();
  }

  private ask(): void {
    this.inBatch = 0;
    this.watch();
    this.api.send(this.next, { batch: BATCH, expires: SILENCE_LIMIT_MS * NANOS_PER_MS }, this.inbox.subject);
  }

  private watch(): void {
    this.timers.clearTimeout(this.timer);
    this.timer = this.timers.setTimeout(() => this.finish(false), SILENCE_LIMIT_MS);
  }

  private receive(message: Msg): void {
    const place = placeOf(message.reply);
    // A status (nothing more, consumer gone, leader changed) before the end: another consumer goes on from here.
    if (place === undefined || place.consumerSeq !== this.expected) {
      this.finish(false);
      return;
    }
    this.expected += 1;
    this.inBatch += 1;
    const { subject, data } = message;
    this.messages.push({ subject, data, seq: place.seq, timeMs: place.timeMs, headers: fromWire(message.headers) });
    if (place.seq >= this.toSeq) this.finish(true);
    else if (this.inBatch === BATCH) this.ask();
  }
}

interface Place {
  readonly seq: number;
  readonly consumerSeq: number;
  readonly timeMs: number;
}

/**
 * `$JS.ACK.{stream}.{consumer}.{delivered}.{seq}.{consumer seq}.{time}.{pending}`; newer servers may put a domain and
 * an account before the stream (fact 18).
 */
function placeOf(reply: string | undefined): Place | undefined {
  const tokens = reply?.split('.') ?? [];
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const first = tokens.length >= 11 ? 4 : 2;
  const at = (index: number): number => Number(tokens[first + index]);
  return { seq: at(3), consumerSeq: at(4), timeMs: Math.floor(at(5) / NANOS_PER_MS) };
}

/**
 * A connection whose process is killed, by SIGKILL to itself, at one exact point of the protocol: so a supervisor dies in
 * the very state that a test is about, however fast the machine is.
 */
import { type Bus, decode, type Headers, type Message, type MessageHandler } from '@tutti/bus';
import { HEADERS } from '@tutti/contracts';

export interface DieAt {
  /** `sent`: once it is with the broker. `heard`: a message or an answer came, and nobody here was told of it yet. */
  readonly when: 'sent' | 'heard';
  /** Of a message, or of an event for people. */
  readonly type: string;
  /** Only one about this step (or group, whose gaps are committed under its name). */
  readonly step?: string;
}

interface Body {
  readonly type: string;
  readonly step?: string;
  readonly data?: { readonly step?: string };
}

/** What a body on the bus says, a message in its envelope or an event; undefined when it is none of ours. */
function bodyOf(data: Uint8Array, headers: Headers | undefined): Body | undefined {
  try {
    const value = decode(data, headers?.[HEADERS.contentType] as never) as { readonly message?: Body } & Body;
    return value.message ?? value;
  } catch {
    return undefined;
  }
}

export function mortalBus(bus: Bus, dieAt: DieAt): Bus {
  let isDying = false;
  const isIt = (data: Uint8Array, headers: Headers | undefined): boolean => {
    const body = bodyOf(data, headers);
    const step = body?.step ?? body?.data?.step;
    return body?.type === dieAt.type && (dieAt.step === undefined || dieAt.step === step);
  };
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const sent = (data: Uint8Array, headers: Headers | undefined): void => {
    if (isDying || dieAt.when !== 'sent' || !isIt(data, headers)) return;
    isDying = true;
    void bus.flush().then(die);
  };
  const heard = (data: Uint8Array, headers: Headers | undefined): void => {
    if (!isDying && dieAt.when === 'heard' && isIt(data, headers)) die();
  };
  const listening =
    (handler: MessageHandler): MessageHandler =>
    (message) => {
      // Whoever dies hears nothing more.
      if (isDying) return undefined;
      heard(message.data, message.headers);
      return handler(answering(message, sent));
    };
  return {
    ...{ kind: bus.kind, durable: bus.durable, logs: bus.logs, keyValues: bus.keyValues, blobs: bus.blobs },
    get limits() {
      return bus.limits;
    },
    publish(subject, data, options) {
      bus.publish(subject, data, options);
      sent(data, options?.headers);
    },
    async request(subject, data, options) {
      const asked = bus.request(subject, data, options);
      sent(data, options.headers);
      const answer = await asked;
      if (isDying) return new Promise(() => undefined);
      heard(answer.data, answer.headers);
      return answer;
    },
    subscribe: (subject, handler, options) => bus.subscribe(subject, listening(handler), options),
    flush: () => bus.flush(),
    onStatus: (listener) => bus.onStatus(listener),
    close: () => bus.close(),
  };
}

/** The message, whose answer is something sent too. */
const answering = (message: Message, sent: (data: Uint8Array, headers: Headers | undefined) => void): Message => ({
  ...{ subject: message.subject, data: message.data, headers: message.headers },
  ...(message.reply === undefined ? {} : { reply: message.reply }),
  respond(data, headers) {
    message.respond(data, headers);
    sent(data, headers);
  },
});

/** One API call: encoded, sent to any node, answered, repeated while that may help. */
import { type Bus, createOverflow, decode, encode } from '@tutti/bus';
import {
  type AnyMessage,
  apiVerb,
  HEADERS,
  type MessageOf,
  type MessageType,
  open,
  type Subjects,
  seal,
  TuttiError,
} from '@tutti/contracts';

/** Pauses, at most until the signal is aborted; an adapter passes the real one. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface CallPorts {
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly identity: string;
  readonly newId: () => string;
  readonly sleep: Sleep;
  readonly limits: CallLimits;
}

export interface CallLimits {
  /** Of one try, ms. */
  readonly timeoutMs: number;
  /** Tries in all; the pauses between them double from `pauseMs`. */
  readonly tries: number;
  readonly pauseMs: number;
}

/** A node that starts needs some seconds to own its shards: about 6 s of tries cover that. */
export const DEFAULT_CALL_LIMITS: CallLimits = { timeoutMs: 5_000, tries: 7, pauseMs: 50 };

/** Codes that another try may cure: nobody serves yet, or ownership is on the move. */
const WORTH_ANOTHER: ReadonlySet<string> = new Set([
  'no_responders',
  'not_owner',
  'request_timeout',
  'broker_unavailable',
  'overloaded',
]);

/** Calls and returns the answer of the expected type. Rejects with the error that answered. */
export async function call<T extends MessageType>(
  ports: CallPorts,
  message: AnyMessage,
  expected: T,
): Promise<MessageOf<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await once(ports, message);
      if (answer.type === 'error') throw TuttiError.fromData(answer.error);
      if (answer.type === expected) return answer as MessageOf<T>;
      throw new TuttiError('bad_message', `${message.type} was answered by ${answer.type} instead of ${expected}`);
    } catch (error) {
      const { code } = TuttiError.from(error);
      if (attempt >= ports.limits.tries || !WORTH_ANOTHER.has(code))
        throw code === 'no_responders' ? nobody(ports, error) : error;
      await ports.sleep(ports.limits.pauseMs * 2 ** (attempt - 1));
    }
  }
}

/** In words of who asks: a subject of the wire says nothing to a person. */
function nobody({ subjects: { prefix } }: CallPorts, cause: unknown): TuttiError {
  const where = prefix === 'tutti' ? 'if yours runs under another prefix, name it with --prefix' : `under "${prefix}"`;
  return new TuttiError('no_responders', `No node answers: start one with \`tutti up --nats URL\` (${where})`, {
    cause,
  });
}

async function once({ bus, subjects, identity, newId, limits }: CallPorts, message: AnyMessage): Promise<AnyMessage> {
  const overflow = createOverflow(bus);
  const body = await overflow.outgoing(encode(seal(message, identity)));
  const headers = { [HEADERS.id]: newId(), [HEADERS.contentType]: body.contentType };
  const to = subjects.of('api', { verb: apiVerb(message.type) });
  const reply = await bus.request(to, body.data, { timeoutMs: limits.timeoutMs, headers });
  const contentType = reply.headers[HEADERS.contentType];
  const answer =
    contentType === undefined
      ? undefined
      : await overflow.incoming({ data: reply.data, contentType: contentType as typeof body.contentType });
  return open(decode(answer?.data ?? reply.data, answer?.contentType)).message;
}

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
  /** Longest pause, ms. */
  readonly maxPauseMs: number;
  /**
   * Pauses in all, ms, while a node answers that the run's owner is missing: the cluster lives, and somebody takes the run up
   * within two leases. Then it is not the tries that count.
   */
  readonly ownerMs: number;
}

/** Without any node a call gives up after some 3 s. A killed owner is replaced within two leases of 3 s, and a busy one later. */
export const DEFAULT_CALL_LIMITS: CallLimits = {
  timeoutMs: 5_000,
  tries: 7,
  pauseMs: 50,
  maxPauseMs: 1_600,
  ownerMs: 15_000,
};

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
  const patience = new Patience(ports.limits);
  for (;;) {
    const answer = await once(ports, message).catch((error: unknown) => TuttiError.from(error));
    const isAnswer = !(answer instanceof TuttiError);
    if (isAnswer && answer.type === expected) return answer as MessageOf<T>;
    const error = isAnswer ? refusalOf(message, answer, expected) : answer;
    const pauseMs = WORTH_ANOTHER.has(error.code) ? patience.next(isAnswer) : undefined;
    if (pauseMs === undefined) throw error.code === 'no_responders' && !isAnswer ? nobody(ports, error) : error;
    await ports.sleep(pauseMs);
  }
}

function refusalOf(message: AnyMessage, answer: AnyMessage, expected: MessageType): TuttiError {
  if (answer.type === 'error') return TuttiError.fromData(answer.error);
  return new TuttiError('bad_message', `${message.type} was answered by ${answer.type} instead of ${expected}`);
}

/** How long one call still goes on. */
class Patience {
  readonly #limits: CallLimits;
  #tries = 0;
  #pausedMs = 0;

  constructor(limits: CallLimits) {
    this.#limits = limits;
  }

  /** The pause before the next try, ms; undefined when there is none. */
  next(isAnswered: boolean): number | undefined {
    const { tries, pauseMs, maxPauseMs, ownerMs } = this.#limits;
    this.#tries += 1;
    if (this.#tries >= tries && !(isAnswered && this.#pausedMs < ownerMs)) return undefined;
    const ms = Math.min(maxPauseMs, pauseMs * 2 ** (this.#tries - 1));
    this.#pausedMs += ms;
    return ms;
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

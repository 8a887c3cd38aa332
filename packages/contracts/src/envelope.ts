/** What surrounds every control message, and the headers that go with it. */
import { z } from 'zod';
import { TuttiError } from './errors.ts';
import { type AnyMessage, isMessageType, MESSAGES, type MessageType } from './messages/index.ts';
import { compileQuickCheck, type QuickCheck } from './quick-check.ts';

/** version of the wire form; peers of another major version are refused. */
export const WIRE_VERSION = 1;

export const HEADERS = {
  /** Unique id of the message; a repeated message keeps its id. */
  id: 'Tutti-Id',
  trace: 'traceparent',
  contentType: 'Content-Type',
} as const;

/** The packed payload: version, type, who sends, body. */
export const envelopeSchema = z.object({
  v: z.literal(WIRE_VERSION),
  type: z.string().max(64),
  from: z.string().max(200),
  body: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** Splits a message into an envelope. The body is not validated here: who sends is the compiler's business. */
export function seal(message: AnyMessage, from: string): Envelope {
  const { type, ...body } = message;
  return { v: WIRE_VERSION, type, from, body };
}

const quickEnvelope = compileQuickCheck(envelopeSchema);
const quickBodies = new Map<MessageType, QuickCheck>();

/** Whether the contract takes the body as it stands; false when the schema has to be asked. */
function isQuicklyRight(type: MessageType, body: unknown): boolean {
  let check = quickBodies.get(type);
  if (check === undefined) {
    check = compileQuickCheck(MESSAGES[type].body);
    quickBodies.set(type, check);
  }
  return check(body);
}

/** Validates in two stages, envelope then body; throws `bad_message` or `unknown_type` with the place. */
export function open(value: unknown): { message: AnyMessage; from: string } {
  const { type, from, body } = quickEnvelope(value) ? (value as Envelope) : envelopeOf(value);
  if (!isMessageType(type)) throw new TuttiError('unknown_type', `No contract knows the message type "${type}"`);
  if (isQuicklyRight(type, body)) return { message: { ...body, type } as unknown as AnyMessage, from };
  const parsed = MESSAGES[type].body.safeParse(body);
  if (!parsed.success) throw refuse('bad_message', `The body of ${type}`, parsed.error);
  return { message: { ...parsed.data, type } as AnyMessage, from };
}

function envelopeOf(value: unknown): Envelope {
  const envelope = envelopeSchema.safeParse(value);
  if (envelope.success) return envelope.data;
  throw refuse('bad_message', 'The envelope', envelope.error);
}

function refuse(code: 'bad_message', what: string, error: z.ZodError): TuttiError {
  const issue = error.issues[0];
  const place = issue === undefined ? '' : ` at /${issue.path.join('/')}: ${issue.message}`;
  return new TuttiError(code, `${what} is not as the contract says${place}`, {
    details: { issues: error.issues.slice(0, 8).map((i) => ({ path: i.path.join('/'), message: i.message })) },
  });
}

/** Whether a message may answer another, by the table. */
export function mayAnswer(question: MessageType, answer: MessageType): boolean {
  return answer === 'error' || MESSAGES[question].replies.includes(answer);
}

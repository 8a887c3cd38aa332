/** What surrounds every control message, and the headers that go with it. */
import { z } from 'zod';
import { TuttiError } from './errors.ts';
import { type AnyMessage, isMessageType, MESSAGES, type MessageType } from './messages/index.ts';
import { compileQuickCheck, type QuickCheck } from './quick-check.ts';

/** Longest name of a sender, characters. */
const MAX_NAME = 200;

/** version of the wire form; peers of another major version are refused. */
export const WIRE_VERSION = 2;

export const HEADERS = {
  /** Unique id of the message; a repeated message keeps its id. */
  id: 'Tutti-Id',
  trace: 'traceparent',
  contentType: 'Content-Type',
} as const;

/** The packed payload: version, who sends, and the message with its type and body beside each other. */
export const envelopeSchema = z.object({
  v: z.literal(WIRE_VERSION),
  from: z.string().max(MAX_NAME),
  message: z.looseObject({ type: z.string().max(64) }),
});
export interface Envelope {
  readonly v: typeof WIRE_VERSION;
  readonly from: string;
  readonly message: AnyMessage;
}

/** Splits nothing and copies nothing. The body is not validated here: who sends is the compiler's business. */
export const seal = (message: AnyMessage, from: string): Envelope => ({ v: WIRE_VERSION, from, message });

/** A type's whole message as the contract has it, and the quick yes to it. */
interface Shape {
  readonly schema: z.ZodType;
  readonly quick: QuickCheck;
}
const shapes = new Map<MessageType, Shape>();

function shapeOf(type: MessageType): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    const schema = z.object({ type: z.literal(type), ...MESSAGES[type].body.shape });
    shape = { schema, quick: compileQuickCheck(schema) };
    shapes.set(type, shape);
  }
  return shape;
}

/**
 * Validates in two stages, envelope then body. The message given back is the one that was given in where the contract takes
 * that as it stands; the caller owns it.
 *
 * @throws TuttiError `bad_message` or `unknown_type`, with the place.
 */
export function open(value: unknown): { message: AnyMessage; from: string } {
  const { from, message } = isPlainEnvelope(value) ? value : envelopeOf(value);
  return { message: checked(message), from };
}

/**
 * The message as its contract has it: the same object where that takes it as it stands.
 *
 * @throws TuttiError `bad_message` or `unknown_type`, with the place.
 */
export function checked(message: AnyMessage): AnyMessage {
  const { type } = message;
  if (!isMessageType(type)) throw new TuttiError('unknown_type', `No contract knows the message type "${type}"`);
  const { quick, schema } = shapeOf(type);
  if (quick(message)) return message;
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data as AnyMessage;
  throw refuse('bad_message', `The body of ${type}`, parsed.error);
}

/** A quick yes to what surrounds a message; its type is looked up next. */
function isPlainEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const { v, from, message } = value as Partial<Envelope>;
  if (v !== WIRE_VERSION || typeof from !== 'string' || from.length > MAX_NAME) return false;
  return typeof message === 'object' && message !== null && isMessageType(message.type);
}

function envelopeOf(value: unknown): Envelope {
  const envelope = envelopeSchema.safeParse(value);
  if (envelope.success) return envelope.data as unknown as Envelope;
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

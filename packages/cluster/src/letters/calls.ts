/** What the door answers about dead letters. */
import { type Body, CONTENT_TYPES, decode, type Message } from '@tutti/bus';
import { type AnyMessage, HEADERS, type MessageOf, open, TuttiError } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { Letter } from './letter.ts';
import type { Letters } from './store.ts';

export const LETTER_CALLS = ['letter.list', 'letter.show', 'letter.retry', 'letter.drop'] as const;
export type LetterCall = MessageOf<(typeof LETTER_CALLS)[number]>;

/** Most bytes of an unreadable message that are shown. */
const SHOWN_BYTES = 4_096;

export interface LetterPorts {
  readonly bus: KernelPorts['bus'];
  /** Has the owner of a run take it up; rejects with why it cannot. */
  takeUp(run: string): Promise<unknown>;
}

export async function answerLetterCall(letters: Letters, ports: LetterPorts, call: LetterCall): Promise<AnyMessage> {
  if (call.type === 'letter.list') return letters.list(call.limit);
  const letter = await letters.get(call.id);
  if (call.type === 'letter.show') return shown(letters, letter);
  if (call.type === 'letter.retry') await again(letters, ports, letter);
  else if (letter.row.kind === 'message') await letters.drop(letter);
  else
    throw new TuttiError(
      'bad_usage',
      `The letter is what keeps the run ${call.id} from being loaded: retry it instead`,
    );
  return { type: 'letter.done', letter: letter.row };
}

async function shown(letters: Letters, { row, body }: Letter): Promise<AnyMessage> {
  if (body === undefined) return { type: 'letter.shown', letter: row };
  const whole = await letters.whole(body);
  return { type: 'letter.shown', letter: row, ...readable(whole) };
}

function readable({ data, contentType }: Body): Pick<MessageOf<'letter.shown'>, 'content' | 'hex'> {
  try {
    return { content: decode(data, contentType) };
  } catch {
    return { hex: Buffer.from(data.subarray(0, SHOWN_BYTES)).toString('hex') };
  }
}

/** How long whoever takes a message has to refuse it, ms: many answer nothing. */
const REFUSAL_MS = 500;

/** A message keeps one id, so that two who retry send it once; a letter that is refused again stays. */
async function again(letters: Letters, { bus, takeUp }: LetterPorts, letter: Letter): Promise<void> {
  const { row, body } = letter;
  if (row.kind === 'run') return takeUpAgain(letters, letter, takeUp);
  if (row.subject === undefined || body === undefined) return;
  const headers = { [HEADERS.id]: `again-${row.id}-${row.atMs}`, [HEADERS.contentType]: body.contentType };
  try {
    assertTaken(await bus.request(row.subject, body.data, { timeoutMs: REFUSAL_MS, headers }));
  } catch (error) {
    if (TuttiError.from(error).code !== 'request_timeout') throw error;
  }
  await letters.drop(letter);
}

function assertTaken({ data, headers }: Message): void {
  const { message } = open(decode(data, headers[HEADERS.contentType] ?? CONTENT_TYPES.msgpack));
  if (message.type === 'error') throw TuttiError.fromData(message.error);
}

async function takeUpAgain(letters: Letters, letter: Letter, takeUp: LetterPorts['takeUp']): Promise<void> {
  await letters.drop(letter);
  try {
    await takeUp(letter.row.id);
  } catch (error) {
    await letters.keep(letter);
    throw error;
  }
}

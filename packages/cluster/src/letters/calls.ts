/** What the door answers about dead letters. */
import { type Body, decode } from '@tutti/bus';
import { type AnyMessage, HEADERS, type MessageOf } from '@tutti/contracts';
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
  else await letters.drop(letter);
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

/** The letter goes first: what fails again lies aside anew. The message keeps one id, so that two who retry send it once. */
async function again(letters: Letters, { bus, takeUp }: LetterPorts, letter: Letter): Promise<void> {
  const { row, body } = letter;
  if (row.kind === 'run') {
    await letters.drop(letter);
    await takeUp(row.id);
  } else if (row.subject !== undefined && body !== undefined) {
    const headers = { [HEADERS.id]: `again-${row.id}`, [HEADERS.contentType]: body.contentType };
    bus.publish(row.subject, body.data, { headers });
    await bus.flush();
    await letters.drop(letter);
  }
}

/** One dead letter as it is stored: a record of a log of its own, which is dropped with it. */
import { type Body, decode, encode } from '@tutti/bus';
import { type LetterRow, letterRow, shardOf, TuttiError } from '@tutti/contracts';
import { tagged, untagged } from '@tutti/kernel';
import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** A message's body is as it is to be sent again: a large one is a reference to its blob. */
const letterSchema = z.object({ row: letterRow, contentType: z.string().optional(), data: bytes.optional() });
export interface Letter {
  readonly row: LetterRow;
  readonly body?: Body;
}

/** All letters, of runs and of messages. */
export const LETTER_KEYS = ['dlr.*.*', 'dlm.*.*'] as const;

export const runKey = (run: string): string => `dlr.${shardOf(run)}.${run}`;
export const messageKey = (id: string): string => `dlm.0.${id}`;

export const packLetter = ({ row, body }: Letter): Uint8Array => tagged(encode({ row, ...body }));

export function unpackLetter(key: string, stored: Uint8Array): Letter {
  const body = untagged(stored);
  const parsed = letterSchema.safeParse(body === undefined ? undefined : decode(body.data, body.contentType));
  if (!parsed.success)
    throw new TuttiError('bad_message', `The dead letter ${key} cannot be read`, { cause: parsed.error });
  const { row, contentType, data } = parsed.data;
  return contentType === undefined || data === undefined ? { row } : { row, body: { contentType, data } };
}

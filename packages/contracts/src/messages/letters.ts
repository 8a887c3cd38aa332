/** Dead letters: what no machine can take lies aside with all that is needed to understand it, and the rest goes on. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { message } from './define.ts';
import { errorBody, ms } from './shared.ts';

/** Most letters that lie aside in a cluster; what comes after them is logged and counted only. */
export const MAX_LETTERS = 1_000;

/** `message`: a machine broke on it, or nothing can read it. `run`: its journal cannot be replayed, or it broke its owners. */
export const letterKind = z.enum(['message', 'run']);

/** A letter without what it holds. Times are ms since 1970. */
export const letterRow = z.object({
  id: token,
  kind: letterKind,
  atMs: ms,
  /** The process that put it aside. */
  node: token,
  reason: errorBody,
  /** Present for runs and for messages to one. */
  run: token.optional(),
  /** Where a message was going. */
  subject: z.string().max(512).optional(),
  /** Who had sent it, as far as that could be read. */
  from: z.string().max(512).optional(),
  bytes: z.number().int().nonnegative(),
});
export type LetterRow = z.infer<typeof letterRow>;

const oneLetter = z.object({ id: token });

export const letterMessages = {
  'letter.list': message(
    'client',
    'node',
    'asks what lies aside, newest first',
    z.object({ limit: z.number().int().positive().max(MAX_LETTERS) }),
    ['letter.listed'],
  ),
  'letter.listed': message(
    'node',
    'client',
    'what lies aside',
    z.object({ letters: z.array(letterRow).max(MAX_LETTERS), more: z.boolean() }),
  ),
  'letter.show': message('client', 'node', 'asks for one letter with what it holds', oneLetter, ['letter.shown']),
  'letter.shown': message(
    'node',
    'client',
    'one letter; `content` is the message as far as it can be decoded, else `hex` the beginning of its bytes',
    z.object({ letter: letterRow, content: z.unknown().optional(), hex: z.string().max(8_192).optional() }),
  ),
  'letter.retry': message(
    'client',
    'node',
    'sends a message again, or takes a run up again, and drops the letter; one that is refused again stays',
    oneLetter,
    ['letter.done'],
  ),
  'letter.drop': message(
    'client',
    'node',
    'forgets the letter of a message; that of a run is what keeps it from being loaded, and is refused',
    oneLetter,
    ['letter.done'],
  ),
  'letter.done': message('node', 'client', 'the letter is gone', z.object({ letter: letterRow })),
} as const;

/**
 * What a person decides about a conflict. The order is in the journal before the context store hears of it, and is asked for until
 * the store has answered: by whoever owns the run then, also after its end. The first decision that the store records holds.
 */
import type { Conflict, ErrorBody, Received, Resolution } from '@tutti/contracts';
import { endAgain } from './finish.ts';
import { retireIfDone } from './keep.ts';
import { type Deciding, decidingOf } from './model.ts';
import { answerState, refuse } from './refuse.ts';
import type { Turn } from './turn.ts';

/** Pause before a decision that the context store did not answer is asked for again, ms. */
const AGAIN_MS = 500;

const conflictOf = (turn: Turn, id: string): Conflict | undefined => turn.run.conflicts.find((each) => each.id === id);

export function resolve(turn: Turn, event: Received<'run.resolve'>): void {
  const { conflict: id, take, by, comment, over } = event;
  const conflict = conflictOf(turn, id);
  if (conflict === undefined)
    return refuse(turn, 'unknown_conflict', `The run ${turn.run.run} has no conflict "${id}"`);
  if (conflict.resolved !== undefined) return compared(turn, conflict, event, conflict.resolved);
  const order: Deciding = {
    ...{ conflict: id, take, by, atMs: turn.at },
    ...(comment === undefined ? {} : { comment }),
    ...(over === undefined ? {} : { over }),
  };
  const pending = decidingOf(turn.run).find((each) => each.conflict === id);
  if (pending === undefined) {
    turn.set({ deciding: [...decidingOf(turn.run), order] });
    // It stays with its owner, and its next one takes it up, until the context store has answered.
    if (turn.run.phase === 'ended') turn.effects.push({ type: 'revive' });
    return ask(turn, order);
  }
  if (isSame(pending, order) && pending.over === over) return ask(turn, pending);
  refuse(turn, 'overloaded', `What ${pending.by} decided about conflict ${id} of ${turn.run.run} is being stored`);
}

/** The node asks the context store, and answers whoever gave the order. */
function ask(turn: Turn, { conflict, take, by, atMs, comment, over }: Deciding): void {
  const { run, ownerEpoch, version: known } = turn.run;
  turn.custom('resolve', {
    to: turn.contextSubject(),
    timeoutMs: turn.options.callTimeoutMs,
    message: {
      ...{ type: 'context.resolve', run, ownerEpoch, conflict, take, by, atMs, known },
      ...(comment === undefined ? {} : { comment }),
      ...(over === undefined ? {} : { over }),
    },
  });
}

/** Asks again for what the context store has not answered: their owner may have died. */
export function decisionsAgain(turn: Turn): void {
  for (const order of decidingOf(turn.run)) ask(turn, order);
}

/** No answer: the order stands, and is asked for again. */
export function askLater(turn: Turn): void {
  if (decidingOf(turn.run).length > 0) turn.timer('resolve', AGAIN_MS, { type: 'timer.resolve' });
}

/** An answer of the context store, and what was asked, where that was an order of this run. */
export type Resolved = Received<'context.resolved'> & { readonly asked?: Deciding };

/** The decision that holds is recorded. Repeats change nothing. */
export function resolved(turn: Turn, { conflict: id, resolved: holds, newest, asked }: Resolved): void {
  forget(turn, id);
  const before = conflictOf(turn, id);
  settle(turn, id, holds, newest);
  if (before !== undefined && asked !== undefined) compared(turn, before, asked, holds);
  retireIfDone(turn);
}

/** The context store will never do it: nothing was changed. */
export interface ConflictRefused {
  readonly type: 'conflict.refused';
  readonly conflict: string;
  readonly error: ErrorBody;
  /** What was asked; absent in journals of before. */
  readonly asked?: Deciding;
}

export function resolveRefused(turn: Turn, { conflict, error, asked }: ConflictRefused): void {
  const pending = decidingOf(turn.run).find((each) => each.conflict === conflict);
  // A question that was asked twice is refused twice: the order of somebody else, who came in between, is not forgotten for that.
  if (asked === undefined || (pending !== undefined && isSame(pending, asked) && pending.over === asked.over))
    forget(turn, conflict);
  turn.reply({ type: 'error', error });
  retireIfDone(turn);
}

function forget(turn: Turn, id: string): void {
  const rest = decidingOf(turn.run).filter(({ conflict }) => conflict !== id);
  turn.set({ deciding: rest.length === 0 ? undefined : rest });
  if (rest.length === 0) turn.clearTimer('resolve');
}

/** A conflict is decided, whoever heard of it first. The run that waits for nobody any more is told to have ended otherwise. */
export function settle(turn: Turn, id: string, holds: Resolution, newest: number): void {
  const conflict = conflictOf(turn, id);
  if (conflict === undefined || conflict.resolved !== undefined) return;
  turn.set({
    version: Math.max(turn.run.version, newest),
    conflicts: turn.run.conflicts.map((each) => (each.id === id ? { ...each, resolved: holds } : each)),
  });
  const { by, comment, version } = holds;
  const said = { ...(comment === undefined ? {} : { comment }), ...(version === undefined ? {} : { version }) };
  turn.emit({ type: 'conflict.resolved', data: { id, path: conflict.path, take: wordOf(holds), by, ...said } });
  if (turn.run.phase === 'ended') endAgain(turn);
}

const wordOf = ({ take }: Pick<Resolution, 'take'>): string => (typeof take === 'string' ? take : 'value');

type Said = Pick<Resolution, 'take' | 'by' | 'comment'>;

/** A comment that is not given again is no other decision. */
function isSame(first: Said, given: Said): boolean {
  const key = ({ take, by, comment = first.comment }: Said): string => JSON.stringify([take, by, comment]);
  return key(first) === key(given);
}

/** The same decision of the same person is answered alike; any other hears who was first. */
function compared(turn: Turn, { id, path }: Conflict, given: Said, first: Resolution): void {
  if (isSame(first, given)) return answerState(turn);
  const { by, atMs } = first;
  const take = wordOf(first);
  const message = `${by} decided conflict ${id} (${path}) of ${turn.run.run} first, at ${new Date(atMs).toISOString()}: ${take}`;
  refuse(turn, 'already_answered', message, { by, atMs, take });
}

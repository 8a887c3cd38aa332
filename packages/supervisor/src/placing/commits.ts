/**
 * Hands the write-set of a good attempt to the context store, and asks at once for what the steps after it will read.
 * The run hears `context.committed` without those values, for they are for this moment and not for its journal.
 */
import { type MessageOf, TuttiError } from '@tutti/contracts';
import type { Actor, Exchange } from '@tutti/kernel';
import type { Snapshots } from './snapshots.ts';

/** What a run wants committed; `call` names it when there is no answer. */
export interface CommitWanted {
  readonly call: string;
  readonly to: string;
  readonly message: MessageOf<'context.commit'>;
  /** Milliseconds until `call.failed`. */
  readonly timeoutMs: number;
}

/** Never rejects: the run hears `context.committed` or `call.failed`. */
export async function performCommit(
  exchange: Exchange,
  snapshots: Snapshots,
  actor: Actor,
  { call, to, message, timeoutMs }: CommitWanted,
): Promise<void> {
  const tell = (event: object, from: string): void => actor.receive({ ...event, from } as never);
  try {
    const answer = await exchange.ask(to, message, timeoutMs);
    if (answer.message.type !== 'context.committed') throw new TuttiError('bad_message', 'No answer to a commit');
    const { view, ...committed } = answer.message;
    if (view !== undefined) snapshots.keep(message.run, view);
    tell(committed, answer.from);
  } catch (error) {
    const { code, message: text } = TuttiError.from(error);
    tell({ type: 'call.failed', call, code, message: text }, exchange.identity);
  }
}

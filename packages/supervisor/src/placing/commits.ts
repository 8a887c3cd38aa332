/**
 * Hands the write-set of a good attempt to the context store, and asks at once for what the steps after it will read.
 * The run hears `context.committed` without those values, for they are for this moment and not for its journal.
 */
import { type MessageOf, TuttiError } from '@tutti/contracts';
import type { Actor, Exchange, Incoming } from '@tutti/kernel';
import type { Began, WorkFigures } from '../run/model.ts';
import type { Verdict } from '../run/verdict.ts';
import type { Snapshots } from './snapshots.ts';

/** What a run wants committed; `call` names it when there is no answer. */
export interface CommitWanted extends WorkFigures {
  readonly call: string;
  readonly to: string;
  readonly message: MessageOf<'context.commit'>;
  /** Milliseconds until `call.failed`. */
  readonly timeoutMs: number;
  /** The attempt that the run has not heard of yet: it ended before its acceptance was told. */
  readonly began?: Began;
  /** Of a step that judges others. */
  readonly verdict?: Verdict;
}

/** The run hears `context.committed` or `call.failed`. */
export function performCommit(exchange: Exchange, snapshots: Snapshots, actor: Actor, wanted: CommitWanted): void {
  const { call, to, message, timeoutMs } = wanted;
  exchange.call(to, message, timeoutMs, (answer) => {
    if (answer instanceof TuttiError) {
      const { code, message: text, retryable } = answer;
      actor.receive({ type: 'call.failed', call, code, message: text, retryable, from: exchange.identity } as never);
    } else committed(snapshots, actor, wanted, answer);
  });
}

function committed(snapshots: Snapshots, actor: Actor, wanted: CommitWanted, { message, from }: Incoming): void {
  if (message.type !== 'context.committed') return;
  const { view, ...rest } = message;
  if (view !== undefined) snapshots.keep(wanted.message.run, view);
  const { began, verdict, inputBytes, workMs, heardAtMs, cached } = wanted;
  const more = {
    ...(began === undefined ? {} : { began }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(inputBytes === undefined ? {} : { inputBytes }),
    ...(cached === undefined ? {} : { cached }),
    ...(workMs === undefined ? {} : { workMs }),
    ...(heardAtMs === undefined ? {} : { heardAtMs }),
  };
  actor.receive({ ...rest, ...more, from } as never);
}

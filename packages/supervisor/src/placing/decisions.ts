/** Brings the decision of a person to the context store; whoever gave it is answered once the run has recorded the outcome. */
import { type AnyMessage, type MessageOf, TuttiError } from '@tutti/contracts';
import type { Actor, Exchange } from '@tutti/kernel';
import { isFinal } from '../run/refusal.ts';

export interface DecisionWanted {
  readonly to: string;
  readonly message: MessageOf<'context.resolve'>;
  /** Milliseconds until `call.failed`. */
  readonly timeoutMs: number;
}

/** The run hears `context.resolved`, `conflict.refused` or `call.failed`. `reply`: absent when it asks again by itself. */
export function performDecision(
  exchange: Exchange,
  actor: Actor,
  { to, message, timeoutMs }: DecisionWanted,
  reply?: (message: AnyMessage) => void,
): void {
  const { conflict } = message;
  const hear = (event: object, answers?: typeof reply): void =>
    actor.receive({ ...event, from: exchange.identity } as never, answers === undefined ? {} : { reply: answers });
  exchange.call(to, message, timeoutMs, (answer) => {
    if (!(answer instanceof TuttiError)) {
      if (answer.message.type === 'context.resolved') hear({ ...answer.message, asked: message }, reply);
      return;
    }
    const error = answer.toData();
    // A context that had a conflict had commits: one that nobody knows any more does not come back.
    if (isFinal(error) || error.code === 'unknown_run')
      return hear({ type: 'conflict.refused', conflict, error, asked: message }, reply);
    const { code, message: text, retryable } = error;
    hear({ type: 'call.failed', call: `resolve:${conflict}`, code, message: text, retryable });
    // The order stands; whoever gave it may ask again what has become of it.
    const why = `The context of run ${message.run} has not taken the decision yet: ${text}`;
    reply?.({ type: 'error', error: new TuttiError('not_owner', why).toData() });
  });
}

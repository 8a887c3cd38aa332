/** The questions that the machine's table asks. */
import type { AttemptRef, Received } from '@tutti/contracts';
import type { AttemptOrder } from './execute.ts';
import type { AgentOptions } from './options.ts';
import * as policy from './policy.ts';

/** What the host tells the machine; none of it can come from outside. */
export type HostEvent =
  | { readonly type: 'execution.prepared'; readonly key: string }
  | ({ readonly type: 'execution.ended'; readonly key: string } & policy.Ended)
  /** Take no new work; `abort` stops what runs too. */
  | { readonly type: 'host.drain'; readonly abort: boolean }
  /** Nobody has said for too long that the attempt is heard of. */
  | { readonly type: 'host.alone'; readonly key: string }
  | { readonly type: 'host.leave' };

/** `grace`: the function was aborted and has not come back. */
export type TimerEvent = { readonly type: 'timer.timeout' | 'timer.grace' | 'timer.repeat' };

type Timed<E> = E & { readonly at: number };

export type InstanceEvent =
  | Received<'attempt.run'>
  | Received<'attempt.cancel'>
  | Received<'attempt.recorded'>
  | Timed<HostEvent>
  | Timed<TimerEvent>;

interface Asked {
  readonly context: policy.InstanceContext;
  readonly event: InstanceEvent;
}

// The table asks these only of events of the right type.
export const orderOf = (event: InstanceEvent): AttemptOrder & { readonly at: number } => event as never;
const NOT_ENDED: policy.Ended = {};
/** How the function ended, where the event is of that. */
export const endedOf = (event: InstanceEvent): policy.Ended => (event.type === 'execution.ended' ? event : NOT_ENDED);
export const keyOf = (event: InstanceEvent): string => ('key' in event ? event.key : '');
export const refOf = (event: InstanceEvent): AttemptRef => event as never;

export const takesWork = ({ context }: Asked): boolean => !context.draining;
export const isHanging = ({ context }: Asked): boolean => context.hanging;
export const isUnwanted = ({ context }: Asked): boolean => context.held?.ending === 'cancel';
export const wantsAbort = ({ event }: Asked): boolean => event.type === 'host.drain' && event.abort;

export const isWelcome = ({ context, event }: Asked): boolean =>
  policy.refusalOf(context, orderOf(event)) === undefined;

/** The message is about the attempt that is held. */
export const isCurrent = ({ context, event }: Asked): boolean => policy.isCurrent(context, refOf(event));

/** The message is about a newer attempt of the step that is held. */
export const supersedes = ({ context, event }: Asked): boolean => policy.supersedes(context, refOf(event));

export const replaces = (asked: Asked): boolean => supersedes(asked) && isWelcome(asked);
export const coversHeld = (asked: Asked): boolean => isCurrent(asked) || supersedes(asked);

/** What the host tells is about the attempt that is held. */
export const isHeld = ({ context: { held }, event }: Asked): boolean =>
  'key' in event && held !== null && policy.attemptKey(held.ref) === event.key;

export const isHeldButUnwanted = (asked: Asked): boolean => isHeld(asked) && isUnwanted(asked);

export const isGivenUp =
  (options: AgentOptions) =>
  ({ context, event }: Asked): boolean =>
    policy.isGivenUp(context, event.at, options);

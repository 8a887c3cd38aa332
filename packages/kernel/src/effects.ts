/**
 * What a machine may ask of the world, as data. A machine lists `...effectActions` in its `setup({ actions })` and
 * enqueues `{ type: 'tell', params: { … } }`; the kernel performs it after the append (see `actor.ts`).
 */
import type { AnyMessage, EventOf } from '@tutti/contracts';

/** Sends a message and awaits nothing. */
export interface TellParams {
  readonly to: string;
  readonly message: AnyMessage;
}

/**
 * Sends a message and awaits one answer, which comes back as an event. No answer comes back as `call.failed` with the
 * name given in `call`.
 */
export interface AskParams extends TellParams {
  readonly call: string;
  /** Milliseconds until `call.failed`. */
  readonly timeoutMs: number;
}

/** Answers the message that caused this step. */
export interface ReplyParams {
  readonly message: AnyMessage;
}

/** Publishes JSON for people and tools. `to` is the subject, `seq` the run's event sequence where there is one. */
export interface EmitParams {
  readonly to: string;
  readonly run?: string;
  readonly seq?: number;
  readonly at: number;
  readonly event: EventOf;
}

export type Effect =
  | { readonly type: 'tell'; readonly params: TellParams }
  | { readonly type: 'ask'; readonly params: AskParams }
  | { readonly type: 'reply'; readonly params: ReplyParams }
  | { readonly type: 'emit'; readonly params: EmitParams }
  /** The actor is done and may leave memory. Its log stays. */
  | { readonly type: 'retire'; readonly params?: undefined }
  /** An actor that was done goes on after all. What its log ended with counts no more. */
  | { readonly type: 'revive'; readonly params?: undefined }
  /** Whatever else the step wants waits until its record is stored, also where its event is lazy. */
  | { readonly type: 'firm'; readonly params?: undefined }
  /** An effect that only this kind of actor has; its host performs it. */
  | { readonly type: 'custom'; readonly params: { readonly name: string; readonly data: unknown } };

const nothing = (): void => undefined;

/** No-op implementations for `setup({ actions })`: they give the actions their types; the kernel never calls them. */
export const effectActions = {
  tell: (_: unknown, _params: TellParams): void => nothing(),
  ask: (_: unknown, _params: AskParams): void => nothing(),
  reply: (_: unknown, _params: ReplyParams): void => nothing(),
  emit: (_: unknown, _params: EmitParams): void => nothing(),
  retire: (): void => nothing(),
  revive: (): void => nothing(),
  firm: (): void => nothing(),
  custom: (_: unknown, _params: { name: string; data: unknown }): void => nothing(),
};

/** Does what machines want done: answers, sends, asks, tells people. */
import { publishJson } from '@tutti/bus';
import { type AnyMessage, type EventOf, TuttiError } from '@tutti/contracts';
import type { EventObject } from 'xstate';
import type { Actor } from './actor.ts';
import type { Cause } from './batch.ts';
import type { AskParams, Effect, EmitParams } from './effects.ts';
import type { Exchange, Incoming } from './exchange.ts';
import type { ActorKind } from './kind.ts';
import type { KernelPorts } from './ports.ts';
import { toEvent } from './told.ts';

/** What a custom effect may use. */
export interface CustomContext {
  readonly actor: Actor;
  readonly reply: ((message: AnyMessage) => void) | undefined;
}

/** Performs effects that only one kind has. */
export type Custom = (name: string, data: unknown, context: CustomContext) => void;

export class Performer {
  readonly #ports: Pick<KernelPorts, 'bus' | 'clock'>;
  readonly #exchange: Exchange;
  readonly #kind: ActorKind;
  readonly #custom: Custom | undefined;
  readonly #emitted: ((event: EventOf) => void) | undefined;

  /** `emitted`: told of each event for people, whether anybody of them listens or not. */
  constructor(
    ports: Pick<KernelPorts, 'bus' | 'clock'>,
    exchange: Exchange,
    kind: ActorKind,
    custom?: Custom,
    emitted?: (event: EventOf) => void,
  ) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#kind = kind;
    this.#custom = custom;
    this.#emitted = emitted;
  }

  perform(effect: Effect, cause: Cause, actor: Actor): void {
    switch (effect.type) {
      case 'reply':
        return cause.reply?.(effect.params.message);
      case 'tell':
        return this.#exchange.send(effect.params.to, effect.params.message);
      case 'ask':
        return this.#ask(effect.params, actor);
      case 'emit':
        return this.#emit(effect.params);
      case 'custom':
        return this.#custom?.(effect.params.name, effect.params.data, { actor, reply: cause.reply });
      case 'firm':
      case 'retire':
      case 'revive':
        return;
    }
  }

  /** Where the bus knows that nobody listens, nothing is written. */
  #emit(params: EmitParams): void {
    const { bus } = this.#ports;
    this.#emitted?.(params.event);
    if (bus.hears?.(params.to) === false) return;
    // Who reads of it compares the time with other processes': without a log the actor's own is good for spans only.
    publishJson(bus, params.to, toEvent(this.#kind.durable ? params : { ...params, at: this.#ports.clock.now() }));
  }

  #ask({ to, message, timeoutMs, call }: AskParams, actor: Actor): void {
    this.#exchange.call(to, message, timeoutMs, (answer) => {
      if (!(answer instanceof TuttiError)) return actor.receive(eventOf(answer));
      const failed = { call, code: answer.code, message: answer.message, retryable: answer.retryable };
      actor.receive({ type: 'call.failed', ...failed, from: this.#exchange.identity } as EventObject);
    });
  }
}

/** A message as the machine sees it: a copy, to be stamped, for the message may be somebody else's too. */
export const eventOf = ({ message, from }: Incoming): EventObject => ({ ...message, from }) as unknown as EventObject;

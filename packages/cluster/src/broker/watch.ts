/**
 * Tells what this node meets of its broker: in the log, to people and tools (`broker.alert`, `broker.well`, over core NATS, so
 * that nothing has to be stored), and in the beat of the node. It looks when a write ends badly or late, when the connection
 * changes, and with each beat; it sets no timer and asks the broker nothing.
 */
import { type Bus, observeWrites } from '@tutti/bus';
import {
  type BrokerState,
  type EventOf,
  MAX_BROKER_DETAIL,
  type Subjects,
  TuttiError,
  type TuttiEvent,
} from '@tutti/contracts';
import type { Clock } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';
import { BrokerHealth, type Diagnosis, SLOW_MS } from './health.ts';

/** What lasts is told again after this time, ms. */
export const REPEAT_MS = 60_000;

export interface BrokerWatchPorts {
  readonly bus: Bus;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Logger;
  readonly subjects: Pick<Subjects, 'of'>;
}

export interface BrokerWatch {
  /** The bus whose writes are watched; the node is to use no other. */
  readonly bus: Bus;
  /** Looks now; what the node meets, undefined when all is well. */
  look(): BrokerState | undefined;
  stop(): void;
}

type BrokerEvent = EventOf<'broker.alert' | 'broker.well'>;

/** `tell`: also told of each event, whether or not it could be published. */
export function watchBroker(ports: BrokerWatchPorts, node: string, tell?: (event: TuttiEvent) => void): BrokerWatch {
  const watch = new Watching(ports, node, tell);
  const unwatch = ports.bus.onStatus((status) => watch.status(status));
  const bus = observeWrites(ports.bus, (store) => watch.began(store));
  return { bus, look: () => watch.look(), stop: unwatch };
}

class Watching {
  readonly #ports: BrokerWatchPorts;
  readonly #node: string;
  readonly #tell: (event: TuttiEvent) => void;
  readonly #health = new BrokerHealth();
  #told: { readonly state: BrokerState; readonly sinceMs: number; readonly atMs: number } | undefined;

  constructor(ports: BrokerWatchPorts, node: string, tell: (event: TuttiEvent) => void = () => undefined) {
    this.#ports = ports;
    this.#node = node;
    this.#tell = tell;
  }

  began(store: Parameters<BrokerHealth['began']>[0]): (error?: unknown) => void {
    const { clock } = this.#ports;
    const write = this.#health.began(store, clock.monotonic());
    return (error) => {
      const nowMs = clock.monotonic();
      this.#health.ended(write, nowMs, error === undefined ? undefined : TuttiError.from(error));
      // Nearly every write ends well and soon, and that is all that it costs.
      if (error !== undefined || this.#told !== undefined || nowMs - write.beganMs > SLOW_MS) this.look();
    };
  }

  status(status: Parameters<Parameters<Bus['onStatus']>[0]>[0]): void {
    const nowMs = this.#ports.clock.monotonic();
    if (status.type === 'disconnected') this.#health.disconnected(nowMs, status.reason);
    else if (status.type === 'reconnected') this.#health.connected(nowMs);
    else return;
    this.look();
  }

  look(): BrokerState | undefined {
    const nowMs = this.#ports.clock.monotonic();
    const found = this.#health.look(nowMs);
    const told = this.#told;
    if (found === undefined) {
      if (told !== undefined) this.#well(told.state, nowMs - told.sinceMs);
      return undefined;
    }
    const isNew = told?.state.condition !== found.condition;
    if (!isNew && nowMs - told.atMs < REPEAT_MS) return told.state;
    // What began as silence may turn out to be a lost connection: the condition is the same, and so is its beginning.
    const sinceMs = isNew ? found.sinceMs : Math.min(told.sinceMs, found.sinceMs);
    return this.#alert({ ...found, sinceMs }, nowMs);
  }

  #alert({ condition, detail, sinceMs }: Diagnosis, nowMs: number): BrokerState {
    const wallMs = Math.max(0, Math.round(this.#ports.clock.now() - (nowMs - sinceMs)));
    const state = { condition, sinceMs: wallMs, detail: detail.slice(0, MAX_BROKER_DETAIL) };
    this.#told = { state, sinceMs, atMs: nowMs };
    const fields = { node: this.#node, condition, forMs: Math.round(nowMs - sinceMs), detail: state.detail };
    this.#ports.log.warn(fields, `the broker is ${WORDS[condition]}`);
    this.#publish('alert', { type: 'broker.alert', data: { node: this.#node, ...state } });
    return state;
  }

  #well({ condition }: BrokerState, forMs: number): void {
    this.#told = undefined;
    const lastedMs = Math.round(forMs);
    this.#ports.log.warn({ node: this.#node, condition, lastedMs }, 'the broker is well again');
    this.#publish('well', { type: 'broker.well', data: { node: this.#node, condition, lastedMs } });
  }

  #publish(verb: string, told: BrokerEvent): void {
    const { bus, clock, subjects, log } = this.#ports;
    const event: TuttiEvent = { v: 1, time: new Date(clock.now()).toISOString(), ...told };
    this.#tell(event);
    try {
      const subject = subjects.of('brokerEvent', { node: this.#node, verb });
      bus.publish(subject, new TextEncoder().encode(JSON.stringify(event)));
    } catch (error) {
      // It stands in the log; that is all that is left to say while nobody can be reached.
      log.debug({ err: error }, 'what the broker is like could not be published');
    }
  }
}

const WORDS: Readonly<Record<BrokerState['condition'], string>> = {
  away: 'away: it does not answer',
  refused: 'not letting this node write: a right is missing',
  full: 'full: it has no room for another record',
  slow: 'slow',
};

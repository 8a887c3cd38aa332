import { randomBytes } from 'node:crypto';
import type { Bus, Message } from '../port.ts';

/** Records one log may hold in the broker under test: small, so that the suite can fill one. */
export const CONFORMANCE_MAX_LOG_RECORDS = 64;

/** A broker that the suite may use for itself. */
export interface BusUnderTest {
  /** A new connection to the one broker, whose logs hold `CONFORMANCE_MAX_LOG_RECORDS` records each. */
  connect(name: string): Promise<Bus>;
  stop(): Promise<void>;
}

export type BusFactory = () => Promise<BusUnderTest>;

/** Connections of one test; all are closed at its end. */
export interface Scene {
  connect(): Promise<Bus>;
  /** A token that no other test uses. */
  readonly id: string;
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const text = (data: Uint8Array): string => Buffer.from(data).toString();
export const textOf = (message: Message): string => text(message.data);
export const uniqueToken = (): string => `t${randomBytes(8).toString('hex')}`;

/** A promise with its handles outside, for events that are armed before their trigger. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T = void>(): Deferred<T> {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}

/** Collects messages and resolves when there are `count` of them. */
export function collector(count: number): {
  readonly messages: Message[];
  readonly texts: string[];
  readonly done: Promise<void>;
  readonly handler: (message: Message) => void;
} {
  const messages: Message[] = [];
  const texts: string[] = [];
  const done = deferred();
  const handler = (message: Message): void => {
    messages.push(message);
    texts.push(textOf(message));
    if (messages.length === count) done.resolve();
  };
  return { messages, texts, done: done.promise, handler };
}

/** The code of the TuttiError a promise rejects with, or what else happened. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

export function thrownCode(run: () => unknown): unknown {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

import type { AnyMessage, TuttiEvent } from '@tutti/contracts';
import type { Observation } from '@tutti/testkit/simulation';
import { CHECKERS, type Evidence } from './index.ts';

/** Evidence for the tests of checkers: each is fed what breaks its promise, and what does not. */
export const nothing: Evidence = {
  observations: [],
  runs: [],
  converged: true,
  journals: [],
  pool: undefined,
  working: [],
};

export const check = (name: keyof typeof CHECKERS, evidence: Partial<Evidence>): string =>
  (CHECKERS[name]?.({ ...nothing, ...evidence }) ?? ['no such checker']).join('\n');

export const sent = (message: object, process = 'n'): Observation => ({
  kind: 'sent',
  at: 1,
  process,
  subject: 's',
  message: message as AnyMessage,
});
export const received = (message: object): Observation => ({ ...sent(message), kind: 'received' }) as Observation;
export const answered = (request: object, message: object): Observation =>
  ({ ...sent(message), kind: 'answered', request }) as Observation;

export const event = (seq: number, type: TuttiEvent['type'], data: Record<string, unknown> = {}): TuttiEvent => ({
  v: 1,
  type,
  time: new Date(seq).toISOString(),
  run: 'r',
  seq,
  data,
});
export const watched = (given: TuttiEvent, from = 1): Observation => ({
  kind: 'watched',
  at: 1,
  run: 'r',
  from,
  event: given,
});

export const view = (phase: string) => ({ phase, outcome: 'succeeded' }) as never;
export const ended = (events: readonly TuttiEvent[], context: object = {}): Evidence['runs'][number] => ({
  run: 'r',
  acceptedAt: 1,
  view: view('ended'),
  context: context as never,
  events,
});

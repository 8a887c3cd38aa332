/** Events of made-up runs, for the tests of what is made of them. */
import type { EventData, EventType, TuttiEvent } from '@tutti/contracts';
import { createBoard, foldEvent, type RunBoard } from './run-board.ts';

export const START_MS = Date.parse('2026-01-02T03:04:05.000Z');

/** One event `atMs` after the start. */
export function event<T extends EventType>(type: T, atMs: number, data: EventData<T>): TuttiEvent {
  return { v: 1, type, time: new Date(START_MS + atMs).toISOString(), run: 'r', data };
}

export const submitted = (pool?: { cpu: number; memory: number; agents: number }): TuttiEvent =>
  event('run.submitted', 0, {
    ...{ workflow: 'w', planHash: 'h', steps: 2, plannedMs: 0, lowerBoundMs: 0, sequentialMs: 0, criticalPath: [] },
    ...(pool === undefined ? {} : { pool }),
  });

export const finished = (makespanMs: number): TuttiEvent =>
  event('run.finished', makespanMs, {
    ...{ outcome: 'succeeded', reason: '', makespanMs, plannedMs: 0, lowerBoundMs: 0, sequentialMs: 0 },
    ...{ succeeded: 2, failed: 0, skipped: 0, cancelled: 0, conflicts: 0 },
  });

export const ready = (step: string, atMs: number): TuttiEvent => event('step.ready', atMs, { step, agent: step });
export const granted = (step: string, atMs: number, waitedMs = 0): TuttiEvent =>
  event('step.granted', atMs, { step, lease: `r/${step}/1`, cpu: 40, memory: 50, waitedMs });
export const started = (step: string, atMs: number, attempt = 1): TuttiEvent =>
  event('step.started', atMs, { step, agent: step, attempt, epoch: attempt, instance: `${step}-1` });
type Figures = Partial<EventData<'step.succeeded'>>;
export const succeeded = (step: string, atMs: number, figures: Figures = {}): TuttiEvent =>
  event('step.succeeded', atMs, { step, agent: step, attempt: 1, epoch: 1, version: 1, durationMs: 0, ...figures });
export const committed = (step: string, atMs: number): TuttiEvent =>
  event('context.committed', atMs, { step, version: 1, paths: [`/${step}`] });

export function boardOf(...events: readonly TuttiEvent[]): RunBoard {
  const board = createBoard();
  for (const each of events) foldEvent(board, each);
  return board;
}
